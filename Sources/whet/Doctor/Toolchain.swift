import Foundation

/// The Swift toolchain: needed to build whet, not to run it.
enum Toolchain {
    /// - Parameter path: the value of PATH.
    static func finding(path: String) -> Finding {
        let remedy = "install Swift 6.2 or later from https://swift.org/install"
        let places = path.split(separator: ":").map { "\($0)/swift" }
        guard let swift = places.first(where: FileManager.default.isExecutableFile) else {
            return Finding(
                "toolchain", "swift", .lacking, "not in PATH; whet runs, but cannot be built", remedy: remedy)
        }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: swift)
        process.arguments = ["--version"]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else {
            return Finding("toolchain", "swift", .lacking, "\(swift) does not start", remedy: remedy)
        }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let version = text.split(separator: "\n").first { $0.contains("Swift version") } ?? "of unknown version"
        return Finding("toolchain", "swift", .good, "\(swift), \(version)")
    }
}
