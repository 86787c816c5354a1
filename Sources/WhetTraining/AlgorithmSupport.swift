import WhetAlgorithms
import WhetCore

extension WhetAlgorithms.Algorithm {
    /// What this algorithm wants of the training loop that the loop does not give yet; checked before any work, because an
    /// algorithm that is run without a part of itself is another algorithm under its name.
    ///
    /// - Throws: `WhetError` that names the part.
    public func checkTrainable() throws {
        let unmet = type(of: estimator).needs.subtracting([.groups, .namedRewards])
        if let need = unmet.map(\.rawValue).sorted().first {
            throw refusal("it needs \(need) of each rollout")
        }
        if rewardPenalty != nil || needsReference { throw refusal("it needs the log-probabilities of a reference policy") }
        if correction != OffPolicyCorrection() { throw refusal("importance_sampling, veto and max_staleness are set") }
        if sampling.isOn { throw refusal("dynamic_sampling is on") }
        if toolCalls != ToolCallShaping() { throw refusal("its shaping needs the places of tool calls") }
    }

    private func refusal(_ reason: String) -> WhetError {
        WhetError(
            "the training loop cannot run \(name) yet: \(reason)", at: "algorithm",
            expected: "an algorithm whose credit follows from rewards and groups",
            remedy: "grpo, dr_grpo or rloo; `whet recipe explain algorithm` tells more")
    }
}
