/// A sequence, and what is to be foretold after each of its tokens: as a rule the token that follows, but it need not
/// be.
///
/// Keeps: as many targets as tokens.
public struct TargetedInput: Sendable {
    /// What the policy reads. `[tokens]`
    public let tokens: [Int32]
    /// What it is asked for after each. `[tokens]`
    public let targets: [Int32]

    public init(tokens: [Int32], targets: [Int32]) {
        precondition(tokens.count == targets.count, "one target a token")
        self.tokens = tokens
        self.targets = targets
    }

    /// The same as a scored sequence: one place further than its tokens, where nothing is read any more.
    var scored: ScoredSequence {
        ScoredSequence(
            tokens: tokens + targets.suffix(1), places: tokens.isEmpty ? [] : Array(1...tokens.count), temperature: 1,
            targets: targets)
    }
}
