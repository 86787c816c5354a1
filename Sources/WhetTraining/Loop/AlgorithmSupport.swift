import WhetAlgorithms
import WhetCore
import WhetRollouts

extension WhetAlgorithms.Algorithm {
    /// What this algorithm wants of the training loop that the loop does not give; checked before any work, because an
    /// algorithm that is run without a part of itself is another algorithm under its name.
    ///
    /// - Throws: `WhetError` that names the part.
    public func checkTrainable() throws {
        if needs.contains(.tokenValues) {
            throw refusal("it needs a critic's value of each token, and whet trains no critic")
        }
    }

    /// Whether its credit comes from verdicts on single turns or steps.
    public var creditsSteps: Bool { needs.contains(.turns) || needs.contains(.steps) }

    /// Refuses environments that judge whole rollouts only, where the algorithm credits turns or steps.
    ///
    /// - Throws: `WhetError` that names the first of them.
    func check(_ curriculum: Curriculum) throws {
        if let other = curriculum.environmentJudgingWholes { try check(environment: other, judgesSteps: false) }
    }

    /// The same for one environment.
    public func check(environment: String, judgesSteps: Bool) throws {
        guard creditsSteps, !judgesSteps else { return }
        throw WhetError(
            "\(name) needs verdicts on single turns or steps, which the environment \(environment) does not give",
            at: "algorithm", expected: "environments with a checklist that alone counts, share: 1 (docs/checklists.md)",
            remedy: "grpo, rloo or spo, which credit whole rollouts")
    }

    /// Refuses to train stored rollouts once more where their credit cannot be computed, and weights of losses that no
    /// sequence of the loop would be trained under.
    ///
    /// - Throws: `WhetError` with the reason.
    public func checkReplay(_ replay: Recipe.Replay) throws {
        let imitates = replay.groupsPerStep > 0 && replay.trainAs == .crossEntropy
        let named: Set<String> = imitates ? [TrainingSample.imitation] : []
        if let idle = Set(loss.components.keys).subtracting(named).sorted().first {
            throw WhetError(
                "nothing in this recipe is trained under \(idle), so its weight would do nothing", at: "\(idle)_weight",
                expected: "0",
                remedy: idle == TrainingSample.imitation
                    ? "replay.train_as: cross_entropy with replay.groups_per_step above 0"
                    : "objective: \(idle), or kl_coefficient to stay near a reference")
        }
        guard replay.groupsPerStep > 0 else { return }
        if replay.trainAs == .policy, !needs.isDisjoint(with: [.promptValue, .roleValue, .greedyReward]) {
            throw WhetError(
                "\(name) measures a rollout against a value of its own time, which has moved on", at: "train_as",
                expected: "cross_entropy, or an algorithm that compares within groups")
        }
        if replay.trainAs == .policy, replay.solvedOnly {
            throw WhetError(
                "a group without its failures has nothing to be compared with", at: "solved_only",
                expected: "false, or train_as: cross_entropy")
        }
    }

    /// The algorithm's loss, with the component that imitated rollouts name.
    public func loss(imitating replay: Recipe.Replay) -> LossFunction {
        guard replay.groupsPerStep > 0, replay.trainAs == .crossEntropy else { return loss }
        var loss = loss
        if loss.components[TrainingSample.imitation] == nil {
            loss.components[TrainingSample.imitation] = .crossEntropy
        }
        return loss
    }

    private func refusal(_ reason: String) -> WhetError {
        WhetError(
            "the training loop cannot run \(name): \(reason)", at: "algorithm",
            expected: "an algorithm whose credit follows from rewards, groups and tracked values",
            remedy: "grpo, rloo or spo; `whet algorithms` tells more")
    }
}
