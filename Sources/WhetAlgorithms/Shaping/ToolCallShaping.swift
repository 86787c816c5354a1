import WhetCore

/// ASPO: correct rollouts that call a tool earlier than their siblings get more credit, by a share of what they have.
///
///     advantage = A + clip(delta · (p − mean p) / mean L, −k · |A|, k · |A|)
///
/// p is the place of the first tool call, L the length after the prompt, both means over the group's correct rollouts
/// that call the tool; all others keep A. Negative delta rewards earlier calls.
///
/// Shaping the reward instead would fail where all are correct: normalization would blow the difference up to the size
/// of being right.
///
/// Source: Understanding Tool-Integrated Reasoning, arXiv 2508.19201.
public struct ToolCallShaping: Configurable, Hashable {
    /// −2 is the paper's conservative choice, −2.5 its bold one; 0 shapes nothing.
    public var delta = 0.0
    /// The most that is added or taken, as a share of the advantage.
    var bound = 0.7

    /// None.
    public init() {}

    static let settings: [Setting<Self>] = [
        .number("delta", \.delta, in: -1e6...1e6, "below 0 rewards earlier tool calls; 0 shapes nothing"),
        .number("k", \.bound, in: 0...1, "the most that tool calls change, as a share of the advantage"),
    ]

    /// - Parameter credit: of an outcome estimator, one advantage a rollout; what is left out stays so.
    /// - Throws: `WhetError` when a rollout to shape has more than one advantage.
    func shaped(_ credit: [RolloutCredit], of rollouts: [ScoredRollout]) throws -> [RolloutCredit] {
        guard delta != 0 else { return credit }
        var shaped = credit
        for places in rollouts.placesByGroup {
            let callers = places.filter {
                rollouts[$0].isCorrect && rollouts[$0].firstToolCall != nil && credit[$0] != .leftOut
            }
            let calls = callers.map { Double(rollouts[$0].firstToolCall ?? 0) }
            let meanCall = calls.mean, meanLength = callers.map { Double(rollouts[$0].policyMask.count) }.mean
            guard meanLength > 0 else { continue }
            for (place, call) in zip(callers, calls) {
                guard case .uniform(let advantage) = credit[place] else {
                    throw WhetError(
                        "ASPO shapes one advantage a rollout, and this one has an advantage of each token or span",
                        at: "rollout \(place) of group \(rollouts[place].group)",
                        remedy: "set delta to 0, or choose an outcome estimator such as grpo")
                }
                let most = bound * abs(advantage)
                shaped[place] = .uniform(advantage + min(max(delta * (call - meanCall) / meanLength, -most), most))
            }
        }
        return shaped
    }
}
