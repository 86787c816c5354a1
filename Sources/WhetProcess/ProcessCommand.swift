import Foundation
import WhetCore

/// A program and what it is started with.
public struct ProcessCommand: Hashable, Sendable {
    /// A path, or a name that `PATH` of `environment` leads to.
    public var executable: String
    public var arguments: [String]
    /// Where it runs; nil for the folder that whet runs in. Relative paths are seen from there.
    public var folder: String?
    /// All of its variables.
    public var environment: [String: String]
    /// What it finds at its descriptors 3, 4, …, behind those that it is started with.
    package var files: [[UInt8]] = []
    /// Whether the kernel is to kill it when whet ends, whatever ends whet; what it starts has to see to that itself.
    package var endsWithWhet = false

    /// - Parameter environment: whet's own variables unless others are given.
    public init(
        _ executable: String, _ arguments: [String] = [], in folder: String? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.executable = executable
        self.arguments = arguments
        self.folder = folder
        self.environment = environment
    }

    /// As a person would type it, for messages.
    package var words: String { ([executable] + arguments).joined(separator: " ") }

    /// The file that is started.
    ///
    /// - Throws: `WhetError` when there is none, or it may not be run.
    package func resolvedExecutable() throws -> String {
        if executable.contains("/") {
            let path = executable.hasPrefix("/") ? executable : (folder.map { $0 + "/" } ?? "") + executable
            guard Self.isProgram(path) else {
                throw WhetError(
                    "there is no program that can be run at this path", at: path,
                    expected: "a file with the right to be executed", remedy: "look at the path, or chmod +x")
            }
            // The child is in its folder already when it is started.
            return path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        }
        let folders = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        guard let path = folders.lazy.map({ "\($0)/\(executable)" }).first(where: Self.isProgram) else {
            throw WhetError(
                "there is no program \"\(executable)\"",
                expected: "one in \(folders.joined(separator: ", "))", remedy: "install it, or give its path")
        }
        return path
    }

    private static func isProgram(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
            && FileManager.default.isExecutableFile(atPath: path)
    }
}
