import WhetAlgorithms
import WhetCore

/// From verdicts on the policy's messages to verdicts on its tokens.
extension Rollout {
    /// One span for each of the score's steps: the tokens of that message, counted as in `creditedMask`.
    ///
    /// - Throws: `WhetError` where there are more or fewer steps than turns of the policy.
    func creditSpans(of steps: [Score.Step]) throws -> [CreditSpan] {
        guard !steps.isEmpty else { return [] }
        let ranges = policyTurns
        guard ranges.count == steps.count else {
            throw WhetError(
                "rollout \(id) has verdicts on \(steps.count) steps, and the policy took \(ranges.count) turns",
                at: "environment \(task.environment)", expected: "one verdict for each message of the policy")
        }
        return zip(ranges, steps).map { range, step in
            CreditSpan(
                range: range, turn: step.turn, reward: step.reward,
                items: step.items.map { CreditSpan.Item($0.name, weight: $0.weight, score: $0.score) })
        }
    }

    /// The tokens of each of the policy's messages, however many spans it was sampled in.
    private var policyTurns: [Range<Int>] {
        var turns: [Range<Int>] = []
        var place = 0
        for trajectory in trajectories {
            var isOpen = false
            for span in trajectory.spans.dropFirst() {
                let range = place..<place + span.tokens.count
                place = range.upperBound
                guard span.policy != nil else {
                    isOpen = false
                    continue
                }
                if isOpen, let last = turns.last {
                    turns[turns.count - 1] = last.lowerBound..<range.upperBound
                } else {
                    turns.append(range)
                }
                isOpen = true
            }
        }
        return turns
    }
}
