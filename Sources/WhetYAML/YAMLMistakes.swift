import WhetCore

/// Gathers what is wrong with a file while it is read, so that all is told at once.
public final class YAMLMistakes {
    /// As messages name it.
    public let file: String
    private var noted: [(place: YAMLPlace, error: WhetError)] = []

    public init(file: String = "") { self.file = file }

    public var isEmpty: Bool { noted.isEmpty }
    public var count: Int { noted.count }

    /// Each once, in the order of the file: two checks may trip over one thing.
    public var errors: [WhetError] {
        var seen: Set<WhetError> = []
        return noted.enumerated()
            .sorted {
                // What is noted of one place keeps its order.
                $0.element.place.isBefore($1.element.place)
                    || (!$1.element.place.isBefore($0.element.place) && $0.offset < $1.offset)
            }
            .map(\.element.error).filter { seen.insert($0).inserted }
    }

    public func note(
        _ problem: String, _ key: String, at place: YAMLPlace, expected: String? = nil, suggestion: String? = nil,
        remedy: String? = nil
    ) {
        noted.append(
            (
                place,
                WhetError(
                    key.isEmpty ? problem : "\(key): \(problem)", at: place.description, expected: expected,
                    suggestion: suggestion, remedy: remedy)
            ))
    }

    /// What somebody else found wrong with the value of `key`.
    public func note(_ error: WhetError, _ key: String, at place: YAMLPlace) {
        note(
            error.problem, key, at: place, expected: error.expected, suggestion: error.suggestion, remedy: error.remedy)
    }

    /// Something that belongs to another file, such as a dataset's row.
    public func note(elsewhere error: WhetError) { noted.append((YAMLPlace(outsideFile: ""), error)) }
}
