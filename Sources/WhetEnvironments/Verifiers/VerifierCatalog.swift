import WhetCore

/// The kinds of verifiers that settings can name.
///
/// Keeps: names are unique; the order is that in which they were added.
public struct VerifierCatalog: Sendable {
    /// One kind: what it is called, what may be set, how to make it.
    public struct Entry: Sendable {
        let kind: String
        /// One line for a person.
        let summary: String
        let settings: [VerifierSetting]
        fileprivate let make: @Sendable (VerifierSettings) throws -> any Verifier

        init(
            _ kind: String, summary: String, settings: [VerifierSetting],
            make: @escaping @Sendable (VerifierSettings) throws -> any Verifier
        ) {
            self.kind = kind
            self.summary = summary
            self.settings = settings
            self.make = make
        }

        init<Kind: ConfigurableVerifier>(_ type: Kind.Type) {
            self.init(Kind.kind, summary: Kind.summary, settings: Kind.settings) { try Kind(settings: $0) }
        }
    }

    /// The kinds that need nothing but the response.
    public static let standard = VerifierCatalog([
        Entry(ExactVerifier.self),
        Entry(NormalizedTextVerifier.self),
        Entry(NumericVerifier.self),
        Entry(MultipleChoiceVerifier.self),
        Entry(MathematicsVerifier.self),
        Entry(RegularExpressionVerifier.self),
        Entry(JSONSchemaVerifier.self),
        Entry(InstructionsVerifier.self),
        Entry(FormatVerifier.self),
        Entry(LengthPenaltyVerifier.self),
    ])

    public private(set) var entries: [Entry] = []

    public init(_ entries: [Entry] = []) {
        for entry in entries { add(entry) }
    }

    /// A later entry takes the place of an earlier one of its kind.
    mutating func add(_ entry: Entry) {
        if let place = entries.firstIndex(where: { $0.kind == entry.kind }) {
            entries[place] = entry
        } else {
            entries.append(entry)
        }
    }

    var kinds: [String] { entries.map(\.kind) }

    /// - Parameter place: what errors say about where the settings are.
    /// - Throws: `WhetError` for an unknown kind or key, with the nearest, and for wrong values.
    func verifier(kind: String, settings: JSONObject, at place: String) throws -> any Verifier {
        guard let entry = entries.first(where: { $0.kind == kind }) else {
            throw WhetError.unknownName(kind, kind: "kind of verifier", among: kinds, at: place)
        }
        return try entry.make(VerifierSettings(settings, names: entry.settings.map(\.name), at: place))
    }
}
