/// A mistake or failure in words that help the person who reads them.
///
/// Keeps: the first line alone says what was wrong; the rest says where, what was expected and what to do.
public struct WhetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong, in one sentence without a full stop.
    public var problem: String
    /// Where: a file and line, a key, a request.
    public var place: String?
    /// What would have been right.
    public var expected: String?
    /// The nearest valid choice.
    public var suggestion: String?
    /// What to do next.
    public var remedy: String?

    public init(
        _ problem: String, at place: String? = nil, expected: String? = nil, suggestion: String? = nil,
        remedy: String? = nil
    ) {
        self.problem = problem
        self.place = place
        self.expected = expected
        self.suggestion = suggestion
        self.remedy = remedy
    }

    /// An unknown `name` where one of `choices` was due; suggests the nearest.
    public static func unknownName(
        _ name: String, kind: String, among choices: some Sequence<String>, at place: String? = nil
    ) -> WhetError {
        let choices = Array(choices)
        return WhetError(
            "there is no \(kind) \"\(name)\"", at: place,
            expected: choices.isEmpty ? nil : "one of \(choices.sorted().joined(separator: ", "))",
            suggestion: name.nearest(among: choices))
    }

    /// The first line alone, for a list or a longer sentence.
    ///
    /// - Parameter place: left out where it is this one, because the sentence names it already.
    public func sentence(within place: String? = nil) -> String {
        var brief = self
        (brief.expected, brief.remedy) = (nil, nil)
        if self.place == place { brief.place = nil }
        return brief.description
    }

    public var description: String {
        var text = place.map { "\($0): \(problem)" } ?? problem
        if let suggestion { text += " (did you mean \"\(suggestion)\"?)" }
        if let expected { text += "\n  expected: \(expected)" }
        if let remedy { text += "\n  try: \(remedy)" }
        return text
    }
}

extension String {
    /// The choice that a person most likely meant: the one fewest edits away, if that is at most a third of its length
    /// (and at least two).
    public func nearest(among choices: some Sequence<String>) -> String? {
        choices
            .map { (name: $0, distance: editDistance(to: $0)) }
            .filter { $0.distance <= max(2, $0.name.count / 3) }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?
            .name
    }

    /// Levenshtein's distance: insertions, deletions and replacements that turn this text into `other`.
    func editDistance(to other: String) -> Int {
        let other = Array(other)
        var row = Array(0...other.count)
        for (i, character) in enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in other.indices {
                let replaced = diagonal + (character == other[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = Swift.min(replaced, row[j] + 1, diagonal + 1)
            }
        }
        return row[other.count]
    }
}
