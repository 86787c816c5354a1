import WhetCore

/// Why a text cannot be read.
public struct YAMLMistake: Error, Hashable, Sendable {
    public let problem: String
    /// The dotted key; empty for the file as a whole.
    public let key: String
    public let place: YAMLPlace
    public let expected: String?
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
