import Foundation
import WhetCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A directory whose one file says where a service keeps a policy.
///
/// Keeps: a kill at any moment leaves the directory as it was, or with the whole new file.
enum RemoteDirectory {
    /// - Parameter checkpoint: what going on needs; nil for what was only published.
    static func write(_ policy: RemotePolicy, _ checkpoint: TinkerCheckpoint?, to directory: URL) throws {
        var json: JSONObject = [
            "service": .string(policy.service), "path": .string(policy.path), "base_model": .string(policy.baseModel),
        ]
        if let checkpoint { json["checkpoint"] = checkpoint.json }
        let bytes = Data(JSONText(.object(json)).bytes + [UInt8(ascii: "\n")])
        let place = directory.path(percentEncoded: false)
        do {
            let manager = FileManager.default
            let parent = directory.standardizedFileURL.deletingLastPathComponent()
            guard !manager.fileExists(atPath: place) else {
                return try replace(directory.appending(path: RemotePolicy.fileName), with: bytes)
            }
            // A directory that is new comes with its file.
            let fresh = parent.appending(path: ".\(directory.lastPathComponent).\(UUID().uuidString).partial")
            defer { try? manager.removeItem(at: fresh) }
            try manager.createDirectory(at: fresh, withIntermediateDirectories: true)
            try replace(fresh.appending(path: RemotePolicy.fileName), with: bytes)
            try rename(fresh, to: directory)
            try flush(parent)
        } catch {
            throw (error as? WhetError) ?? WhetError("the directory cannot be written", at: place, because: error)
        }
    }

    /// - Throws: `WhetError` for what no trainer of this kind saved.
    static func read(_ directory: URL) throws -> (RemotePolicy, TinkerCheckpoint) {
        let policy = try RemotePolicy(directory: directory)
        let file = directory.appending(path: RemotePolicy.fileName)
        let place = file.path(percentEncoded: false)
        do {
            let json = try JSONValue(parsing: Array(Data(contentsOf: file)))
            return (policy, try TinkerCheckpoint(json, at: place))
        } catch {
            throw (error as? WhetError) ?? WhetError("the file cannot be read", at: place, because: error)
        }
    }

    private static func replace(_ file: URL, with bytes: Data) throws {
        let directory = file.deletingLastPathComponent()
        let fresh = directory.appending(path: ".\(file.lastPathComponent).\(UUID().uuidString).partial")
        defer { try? FileManager.default.removeItem(at: fresh) }
        try bytes.write(to: fresh)
        try flush(fresh)
        try rename(fresh, to: file)
        try flush(directory)
    }

    private static func rename(_ old: URL, to new: URL) throws {
        guard Foundation.rename(old.path(percentEncoded: false), new.path(percentEncoded: false)) == 0 else {
            throw failure("cannot be put in place", new)
        }
    }

    private static func flush(_ file: URL) throws {
        let descriptor = open(file.path(percentEncoded: false), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be opened", file) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot be flushed to disk", file) }
    }

    private static func failure(_ problem: String, _ file: URL) -> WhetError {
        let code = errno
        return WhetError(
            "\(file.lastPathComponent) \(problem): \(String(cString: strerror(code)))",
            at: file.path(percentEncoded: false), remedy: WhetError.remedy(forSystem: code))
    }
}
