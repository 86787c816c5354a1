import WhetCore

/// What is done to rewards before they are compared: punishments for length, and rollouts that are left out.
///
///     overlong, L tokens after the prompt, the limit M, the buffer B:
///         0 where L ≤ M − B, else −penalty · min(1, (L − (M − B)) / B)
///     length, within a group whose lengths run from least to most:
///         weight · (1/2 − (L − least) / (most − least)), for rollouts that are not correct at most 0
///
/// Source: overlong soft punishment, DAPO, arXiv 2503.14476; length penalty, Kimi k1.5, arXiv 2501.12599.
struct RewardShaping: Configurable, Hashable {
    /// The most tokens that a policy may write; nil punishes no length.
    var overlongLimit: Int?
    /// How many tokens before the limit the punishment begins.
    var overlongBuffer = 4096
    /// The punishment at the limit and beyond.
    var overlongPenalty = 1.0
    /// Weight of the length penalty; 0 is none.
    var lengthPenalty = 0.0
    /// Whether truncated rollouts take no part: neither credit nor a say in their group's baseline.
    var leavesOutTruncated = false

    init() {}

    static let settings: [Setting<Self>] = [
        .optionalInteger(
            "overlong_limit", \.overlongLimit, atLeast: 1, "the most tokens allowed; null punishes no length"),
        .integer("overlong_buffer", \.overlongBuffer, atLeast: 0, "how many tokens before the limit punishment begins"),
        .number("overlong_penalty", \.overlongPenalty, in: .nonNegative, "the punishment at the limit"),
        .number("length_penalty", \.lengthPenalty, in: .nonNegative, "weight of shorter over longer siblings"),
        .flag("leave_out_truncated", \.leavesOutTruncated, "whether truncated rollouts take no part"),
    ]

    func checkCombination() throws {
        if let overlongLimit, overlongBuffer > overlongLimit {
            throw WhetError(
                "overlong_buffer \(overlongBuffer) is longer than overlong_limit \(overlongLimit)",
                at: "overlong_buffer",
                expected: "at most \(overlongLimit)")
        }
    }

    /// The rollouts with their rewards shaped, in the same order.
    func shaped(_ rollouts: [ScoredRollout]) -> [ScoredRollout] {
        guard overlongLimit != nil || lengthPenalty != 0 else { return rollouts }
        var shaped = rollouts.map { $0.rewarded(by: overlongPunishment(tokens: $0.policyTokenCount)) }
        guard lengthPenalty != 0 else { return shaped }
        for places in rollouts.placesByGroup {
            let lengths = places.map { rollouts[$0].policyTokenCount }
            guard let least = lengths.min(), let most = lengths.max(), most > least else { continue }
            for (place, length) in zip(places, lengths) {
                let bonus = 0.5 - Double(length - least) / Double(most - least)
                let change = lengthPenalty * (rollouts[place].isCorrect ? bonus : min(0, bonus))
                shaped[place] = shaped[place].rewarded(by: change)
            }
        }
        return shaped
    }

    /// 0 or less.
    func overlongPunishment(tokens: Int) -> Double {
        guard let overlongLimit, tokens > overlongLimit - overlongBuffer else { return 0 }
        guard overlongBuffer > 0 else { return -overlongPenalty }
        let over = Double(tokens - (overlongLimit - overlongBuffer)) / Double(overlongBuffer)
        return -overlongPenalty * min(1, over)
    }
}
