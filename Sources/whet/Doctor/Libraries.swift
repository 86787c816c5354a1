import Foundation

/// What whet is built and runs with, as Debian packages it.
enum Libraries {
    struct Library: Sendable {
        var name: String
        /// Found in one of the include folders; nil for a program.
        var header: String?
        /// Found in PATH.
        var program: String?
        var package: String
        var isNeeded: Bool
        var use: String
    }

    static let all = [
        Library(
            name: "simdjson", header: "simdjson.h", package: "libsimdjson-dev", isNeeded: true, use: "reads JSON"),
        Library(
            name: "curl", header: "curl/curl.h", package: "libcurl4-openssl-dev", isNeeded: true, use: "speaks HTTP"),
        Library(name: "sqlite3", header: "sqlite3.h", package: "libsqlite3-dev", isNeeded: true, use: "is the store"),
        Library(name: "oneDNN", header: "dnnl.h", package: "libdnnl-dev", isNeeded: false, use: "multiplies in bf16"),
        Library(
            name: "bubblewrap", program: "bwrap", package: "bubblewrap", isNeeded: false,
            use: "for programs in a sandbox, which nothing runs yet"),
    ]

    static let includeFolders = [
        "/usr/include", "/usr/local/include", "/usr/include/x86_64-linux-gnu", "/usr/include/aarch64-linux-gnu",
    ]

    /// - Parameters:
    ///   - path: the value of PATH.
    ///   - exists: whether a file is there.
    static func findings(path: String, exists: (String) -> Bool) -> [Finding] {
        let programFolders = path.split(separator: ":").map(String.init)
        return all.map { library in
            let places =
                library.header.map { header in includeFolders.map { "\($0)/\(header)" } }
                ?? library.program.map { program in programFolders.map { "\($0)/\(program)" } } ?? []
            if let place = places.first(where: exists) {
                return Finding("libraries", library.name, .good, "\(place) (\(library.use))")
            }
            return Finding(
                "libraries", library.name, library.isNeeded ? .missing : .lacking, "not found (\(library.use))",
                remedy: "apt-get install \(library.package)")
        }
    }
}

extension Libraries.Library {
    fileprivate init(name: String, program: String, package: String, isNeeded: Bool, use: String) {
        self.init(name: name, header: nil, program: program, package: package, isNeeded: isNeeded, use: use)
    }

    fileprivate init(name: String, header: String, package: String, isNeeded: Bool, use: String) {
        self.init(name: name, header: header, program: nil, package: package, isNeeded: isNeeded, use: use)
    }
}
