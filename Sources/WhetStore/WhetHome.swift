import Foundation
import WhetCore

/// The folder where runs and the store live: `WHET_HOME`, or `./runs`.
///
///     WHET_HOME/whet.sqlite           the store of all runs
///     WHET_HOME/<run id>/             a run's checkpoints
public struct WhetHome: Hashable, Sendable {
    public let directory: URL

    public init(directory: URL) { self.directory = directory }

    /// - Parameters:
    ///   - environment: the process's environment variables.
    ///   - currentDirectory: what a relative path is relative to.
    public init(environment: [String: String], currentDirectory: URL) {
        let name = environment["WHET_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "runs"
        directory =
            URL(filePath: name, directoryHint: .isDirectory, relativeTo: currentDirectory).absoluteURL.standardized
    }

    public var storePath: String { directory.appending(path: "whet.sqlite").path }

    public func directory(ofRun id: String) -> URL { directory.appending(path: id, directoryHint: .isDirectory) }

    /// The id of a run that starts at `date`: "20261121-043000-sorting", in universal time.
    public static func runID(name: String, date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        func padded(_ number: Int?, _ width: Int) -> String {
            let digits = String(number ?? 0)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let day = padded(parts.year, 4) + padded(parts.month, 2) + padded(parts.day, 2)
        let time = padded(parts.hour, 2) + padded(parts.minute, 2) + padded(parts.second, 2)
        let words = name.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.joined(separator: "-")
        return words.isEmpty ? "\(day)-\(time)" : "\(day)-\(time)-\(words.prefix(60))"
    }

    /// - Throws: `WhetError` when a run's id cannot name a folder.
    public static func check(runID id: String) throws {
        let allowed = id.unicodeScalars.allSatisfy {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_.".unicodeScalars.contains($0))
        }
        guard allowed, !id.isEmpty, !id.hasPrefix("."), !id.hasPrefix("-"), id.utf8.count <= 100 else {
            throw WhetError(
                "\"\(id)\" cannot name a run",
                expected: "1 to 100 letters, digits, \"-\", \"_\" and \".\", a letter or digit first")
        }
    }

    /// Makes the folder if need be, and opens the store in it.
    ///
    /// - Throws: `WhetError` in words when the folder cannot be made or the store not be opened.
    public func openStore(readOnly: Bool = false) throws -> RolloutStore {
        if !readOnly { try Self.create(directory) }
        return try RolloutStore(path: storePath, readOnly: readOnly)
    }

    /// Makes a run's folder, and the home if need be.
    ///
    /// - Throws: `WhetError` in words when that cannot be done.
    public func createDirectory(ofRun id: String) throws -> URL {
        try Self.check(runID: id)
        let folder = directory(ofRun: id)
        try Self.create(folder)
        return folder
    }

    private static func create(_ folder: URL) throws {
        guard !isFolder(folder) else { return }
        let parent = folder.deletingLastPathComponent()
        if parent.path != folder.path, !isFolder(parent) { try create(parent) }
        guard mkdir(folder.path, 0o777) != 0 else { return }
        let code = errno
        if code == EEXIST {
            // Another program may have been faster.
            guard !isFolder(folder) else { return }
            throw WhetError(
                "a file stands where a folder is needed", at: folder.path,
                remedy: "move the file away, or set WHET_HOME to another folder")
        }
        throw WhetError(
            "the folder cannot be made: \(String(cString: strerror(code)))", at: folder.path,
            remedy: code == ENOSPC
                ? "free some space, or set WHET_HOME to another disk" : "set WHET_HOME to a folder that you may write")
    }

    private static func isFolder(_ url: URL) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}
