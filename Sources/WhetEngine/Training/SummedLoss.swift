import WhetAlgorithms
import WhetCore

/// A policy objective summed over tokens, each times its own weight: what clients train under that scale their losses
/// themselves.
///
///     loss = Σ weight · objective
///
/// Keeps: a token of weight 0 has no loss and no slope, whatever else is said of it.
public struct SummedLoss: Sendable {
    /// What an objective is told of one sequence. Every array is `[tokens]`.
    public struct Credit: Sendable {
        public var weights: [Double]
        public var advantages: [Double]
        /// What the sampler said.
        public var behaviorLogProbabilities: [Double]

        public init(weights: [Double], advantages: [Double], behaviorLogProbabilities: [Double]) {
            precondition(
                advantages.count == weights.count && behaviorLogProbabilities.count == weights.count,
                "every array of a sequence's credit has one element a token")
            self.weights = weights
            self.advantages = advantages
            self.behaviorLogProbabilities = behaviorLogProbabilities
        }
    }

    /// What it makes of one sequence.
    public struct Result: Sendable {
        /// Weight · objective. `[tokens]`
        public var losses: [Double]
        /// ∂loss / ∂log-probability. `[tokens]`
        public var slopes: [Double]
        /// Named sums over the tokens that have a weight, such as how many were clipped.
        public var sums: [String: Double]
        /// How many have one.
        public var tokens: Int
    }

    private let loss: LossFunction
    /// Whether what the objective makes of a token depends on that token alone.
    private let isTokenwise: Bool

    /// - Parameters:
    ///   - objective: as recipes call it, such as `ppo_clip`.
    ///   - settings: an object of the objective's own; what is left out has its default.
    /// - Throws: `WhetError` for an unknown name or setting, or a wrong value.
    public init(objective: String, settings: JSONValue = .null) throws {
        let words = LossDescription.Objective(objective, settings: settings.object ?? AlgorithmCatalog.noSettings)
        loss = try LossFunction(LossDescription(words, aggregation: .tokenSum))
        isTokenwise = !["gspo", "gmpo"].contains(objective)
    }

    /// - Parameter logProbabilities: of the policy that is trained. `[tokens]`
    public func evaluate(_ logProbabilities: [Double], credit: Credit) -> Result {
        isTokenwise ? tokens(logProbabilities, credit) : sequence(logProbabilities, credit)
    }

    private func tokens(_ logProbabilities: [Double], _ credit: Credit) -> Result {
        let count = logProbabilities.count
        var result = Result(
            losses: [Double](repeating: 0, count: count), slopes: [Double](repeating: 0, count: count), sums: [:],
            tokens: 0)
        for place in logProbabilities.indices where credit.weights[place] != 0 {
            let token = loss.evaluate(
                ObjectiveSequence(
                    logProbabilities: [logProbabilities[place]],
                    behaviorLogProbabilities: [credit.behaviorLogProbabilities[place]],
                    advantages: [credit.advantages[place]], mask: [true]),
                shares: [credit.weights[place]])
            result.losses[place] = token.loss
            result.slopes[place] = token.gradient[0]
            result.sums.merge(token.sums, uniquingKeysWith: +)
            result.tokens += 1
        }
        return result
    }

    /// Where a token's loss depends on its neighbors', it is what the sequence's loss would be if that token alone had
    /// a share.
    private func sequence(_ logProbabilities: [Double], _ credit: Credit) -> Result {
        let seen = ObjectiveSequence(
            logProbabilities: logProbabilities, behaviorLogProbabilities: credit.behaviorLogProbabilities,
            advantages: credit.advantages, mask: credit.weights.map { $0 != 0 })
        let whole = loss.evaluate(seen, shares: credit.weights)
        var losses = [Double](repeating: 0, count: logProbabilities.count)
        var shares = losses
        for place in losses.indices where seen.mask[place] {
            shares[place] = credit.weights[place]
            losses[place] = loss.evaluate(seen, shares: shares).loss
            shares[place] = 0
        }
        return Result(losses: losses, slopes: whole.gradient, sums: whole.sums, tokens: seen.mask.count { $0 })
    }
}
