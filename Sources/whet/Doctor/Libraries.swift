import Foundation

/// What whet is built and runs with, as Debian packages it.
enum Libraries {
    struct Library: Sendable {
        var name: String
        /// Found in one of the include folders.
        var header: String
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
    ]

    static let includeFolders = [
        "/usr/include", "/usr/local/include", "/usr/include/x86_64-linux-gnu", "/usr/include/aarch64-linux-gnu",
    ]

    /// - Parameter exists: whether a file is there.
    static func findings(exists: (String) -> Bool) -> [Finding] {
        all.map { library in
            let places = includeFolders.map { "\($0)/\(library.header)" }
            if let place = places.first(where: exists) {
                return Finding("libraries", library.name, .good, "\(place) (\(library.use))")
            }
            return Finding(
                "libraries", library.name, library.isNeeded ? .missing : .lacking, "not found (\(library.use))",
                remedy: "apt-get install \(library.package)")
        }
    }
}
