/// What an export wrote, and what it left out.
///
/// Keeps: whatever the filter let through is written or counted here (docs/design.md, law 3).
public struct ExportReport: Hashable, Sendable {
    /// Why something was left out, in words that follow a number.
    public enum Omission: String, Hashable, Sendable, CaseIterable {
        case unscored = "without a score"
        case truncated = "cut short"
        case filtered = "that a filter left out of training"
        case behind = "behind the best of their groups"
        case unanswered = "without an answer"
        case gone = "that left the store meanwhile"
        case repeated = "that a line before says already"
        case lone = "groups of fewer than two scored rollouts"
        case tied = "groups whose rewards are all equal"
        case close = "groups whose rewards differ by less than the margin"
        case outOfBounds = "groups whose best or worst is not as asked for"
        case otherPrompts = "pairs whose prompts differ"
        case sameAnswers = "pairs that say the same"
    }

    /// Lines, or batches.
    public var written = 0
    /// Of what was written: rollouts that did not solve their task, where somebody may take them for good ones.
    public var unsolved = 0
    private var counts: [Omission: Int] = [:]

    public init() {}

    /// How often something was left out for this reason.
    public subscript(_ omission: Omission) -> Int { counts[omission, default: 0] }

    mutating func leaveOut(_ omission: Omission, _ count: Int = 1) { counts[omission, default: 0] += count }

    /// "12 without a score, 3 groups whose rewards are all equal"; nil where nothing was left out.
    public var omissions: String? {
        let parts = Omission.allCases.filter { self[$0] > 0 }.map { "\(self[$0]) \($0.rawValue)" }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
