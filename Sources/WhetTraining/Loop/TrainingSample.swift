import WhetAlgorithms
import WhetBackends
import WhetCore

/// One conversation of a scored rollout on its way to a training sequence: credit, weights and masks join it one after
/// another. Most rollouts have one; those of agents may have several, which share the rollout's credit.
///
/// Keeps: every array is `[tokens]`, the prompt's included; the tokens are those that were sampled (docs/design.md, law
/// 1).
struct TrainingSample: Sendable {
    /// Which of the step's rollouts it is of.
    let owner: Int
    let rollout: Rollout
    let trajectory: TokenTrajectory
    /// Where its tokens after the prompt stand among those of the whole rollout, which estimators see.
    let credited: Range<Int>
    let tokens: [Int32]
    /// True where the policy chose the token.
    let policyMask: [Bool]
    /// What of it is trained.
    var mask: [Bool]
    var advantages: [Float]
    var weights: [Float]
    /// What an objective's ratios are measured from: the server's, unless a correction put the trainer's in their
    /// place.
    var behaviorLogProbabilities: [Float]
    var referenceLogProbabilities: [Float]?
    var component: String?
    /// What its share of the batch's loss is multiplied by.
    var vote = 1.0

    /// All samples of the rollouts, in their order.
    static func samples(of rollouts: [Rollout]) -> [TrainingSample] {
        rollouts.enumerated().flatMap { owner, rollout in
            var start = 0
            return rollout.trajectories.map { trajectory in
                let count = trajectory.count - trajectory.promptLength
                defer { start += count }
                return TrainingSample(
                    owner: owner, rollout: rollout, trajectory: trajectory, credited: start..<start + count)
            }
        }
    }

    private init(owner: Int, rollout: Rollout, trajectory: TokenTrajectory, credited: Range<Int>) {
        self.owner = owner
        self.rollout = rollout
        self.trajectory = trajectory
        self.credited = credited
        tokens = trajectory.tokens
        policyMask = trajectory.policyMask
        mask = policyMask
        advantages = [Float](repeating: 0, count: tokens.count)
        weights = [Float](repeating: 1, count: tokens.count)
        behaviorLogProbabilities = trajectory.behaviorLogProbabilities
    }

    /// A greedy token's log-probability is that of temperature 1.
    private var temperature: Float {
        let temperature = trajectory.spans.lazy.compactMap { $0.policy?.sampling.temperature }.first ?? 1
        return temperature == 0 ? 1 : Float(temperature)
    }

    var sequence: TrainingSequence {
        TrainingSequence(
            tokens: tokens, mask: mask, advantages: advantages, weights: weights,
            behaviorLogProbabilities: behaviorLogProbabilities, referenceLogProbabilities: referenceLogProbabilities,
            component: component, temperature: temperature, vote: vote)
    }

    /// - Parameter advantages: of the rollout's tokens after the prompts, as `creditedMask` has them; nil leaves the
    ///   rollout out of training.
    mutating func take(_ advantages: [Double]?) {
        if advantages == nil { mask = [Bool](repeating: false, count: mask.count) }
        let own = advantages?[credited].map(Float.init) ?? [Float](repeating: 0, count: credited.count)
        self.advantages = [Float](repeating: 0, count: trajectory.promptLength) + own
    }

    /// Imitated as it is: cross entropy on what the policy said.
    mutating func imitate() {
        component = Self.imitation
        advantages = policyMask.map { $0 ? 1 : 0 }
    }

    /// The component of the loss that imitated rollouts name.
    static let imitation = "cross_entropy"
}

extension [TrainingSample] {
    /// Leaves tokens out of training that were sampled by weights of more versions before those that `step` trains.
    mutating func mask(olderThan most: Int, at step: Int) {
        for place in indices where self[place].component == nil {
            let ages = self[place].trajectory.staleness(at: PolicyVersion(step - 1))
            self[place].mask = zip(self[place].mask, ages).map { $0 && $1 <= most }
        }
    }
}

extension Recipe.Scheduling {
    /// How many versions old a token may be to be trained, where older ones are masked; nil where none is.
    var oldestTrained: Int? { bound.excess == .mask ? bound.versions : nil }
}

extension RolloutCredit {
    /// Of the rollout's tokens after the prompts; nil where it is left out.
    func advantages(of rollout: ScoredRollout) -> [Double]? {
        self == .leftOut ? nil : advantages(over: rollout.policyMask)
    }
}

extension Rollout {
    /// What estimators see: true where the policy chose the token, over the tokens after the prompt; of several
    /// conversations one behind the other, so that all of them together have one vote.
    var creditedMask: [Bool] { trajectories.flatMap { $0.policyMask.dropFirst($0.promptLength) } }
}

extension TokenTrajectory {
    /// How many tokens stand before the policy's first turn.
    var promptLength: Int { spans.first?.tokens.count ?? 0 }
}
