import WhetCore

/// What is done to text before it is cut into words: composition (NFC), or nothing.
struct Normalizer: Sendable {
    private let composes: Bool

    /// Reads the `normalizer` of a tokenizer.json; null or none at all leaves text as it is.
    ///
    /// - Throws: `WhetError` that names the kind which is not supported.
    init(json: JSONValue?, at place: String) throws {
        composes = try json.map { $0.isNull ? false : try Self.composes($0, at: place, depth: 0) } ?? false
    }

    private static func composes(_ json: JSONValue, at place: String, depth: Int) throws -> Bool {
        let kind = try json.kind(at: place)
        switch kind {
        case "NFC": return true
        case "Sequence":
            guard depth < 8 else { throw WhetError("normalizers nest too deeply", at: place) }
            // Each is read, even after one that composes: an unknown kind must not pass unseen.
            let members = try (json["normalizers"]?.array ?? []).enumerated().map { index, member in
                try composes(member, at: "\(place)[\(index)]", depth: depth + 1)
            }
            return members.contains(true)
        default:
            throw WhetError(
                "the normalizer \"\(kind)\" is not supported", at: place, expected: "NFC, a Sequence of it, or null")
        }
    }

    func callAsFunction(_ text: String) -> String { composes ? CanonicalComposition.composed(text) : text }

    /// The same for bytes of UTF-8; nil where nothing changes, as in most text.
    func normalized(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        composes ? CanonicalComposition.composed(text) : nil
    }
}
