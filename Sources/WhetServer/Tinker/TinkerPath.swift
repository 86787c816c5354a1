import WhetCore

/// What the API calls a checkpoint: `tinker://MODEL/weights/NAME`, or `…/sampler_weights/NAME`.
///
/// Keeps: its parts are names of single files, so that a path never leads out of the checkpoints' folder.
struct TinkerPath: Hashable, Sendable, CustomStringConvertible {
    enum Kind: String, Hashable, Sendable, CaseIterable {
        /// What training goes on from.
        case weights
        /// What is sampled from.
        case sampler = "sampler_weights"
    }

    let model: String
    let kind: Kind
    let name: String

    /// - Throws: `WhetError` for a name that no file may have.
    init(model: String, kind: Kind, name: String) throws {
        for part in [model, name] where !TinkerPath.isName(part) {
            throw WhetError(
                "\"\(part)\" is no name of a checkpoint", at: "path",
                expected: "up to 128 letters, digits, dots, - and _, the first of them no dot")
        }
        (self.model, self.kind, self.name) = (model, kind, name)
    }

    /// - Throws: `WhetError` for a text of another form.
    init(parsing text: String) throws {
        let scheme = "tinker://"
        let parts = text.dropFirst(scheme.count).split(separator: "/", omittingEmptySubsequences: false).map(
            String.init)
        guard text.hasPrefix(scheme), parts.count == 3, let kind = Kind(rawValue: parts[1]) else {
            throw WhetError(
                "\"\(text)\" is no path of a checkpoint", at: "path",
                expected: "tinker://MODEL/weights/NAME or tinker://MODEL/sampler_weights/NAME")
        }
        try self.init(model: parts[0], kind: kind, name: parts[2])
    }

    var description: String { "tinker://\(model)/\(kind.rawValue)/\(name)" }

    /// As the SDK names it within a run.
    var checkpointID: String { "\(kind.rawValue)/\(name)" }

    static func isName(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && !text.hasPrefix(".")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
