import WhetCore

/// Why a text cannot be read.
public struct YAMLMistake: Error, Hashable, Sendable {
    /// What was wrong, in one sentence without a full stop.
    public let problem: String
    /// The dotted key; empty for the file as a whole.
    public let key: String
    /// Where it stands.
    public let place: YAMLPlace
    /// What would have been right.
    public let expected: String?
    /// What to do next.
    public let remedy: String?

    init(
        _ problem: String, key: String = "", at place: YAMLPlace, expected: String? = nil, remedy: String? = nil
    ) {
        self.problem = problem
        self.key = key
        self.place = place
        self.expected = expected
        self.remedy = remedy
    }

    /// The mistake in words.
    public var error: WhetError {
        WhetError(
            key.isEmpty ? problem : "\(key): \(problem)", at: place.description, expected: expected, remedy: remedy)
    }
}
