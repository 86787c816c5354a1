import Foundation
import WhetCore

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
        try WholeFiles.replaceDirectory(directory) { temporary in
            try bytes.write(to: temporary.appending(path: RemotePolicy.fileName))
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
}
