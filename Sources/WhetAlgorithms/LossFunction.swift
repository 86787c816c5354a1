/// Everything that turns a trainer's log-probabilities into one number to minimize: the objective, how tokens are
/// averaged, and the penalties beside it.
public struct LossFunction: Sendable {
    public var objective: any Objective
    public var aggregation: Aggregation
    /// Adds this much of the mean entropy to what is maximized; 0 adds nothing.
    public var entropyBonus: Double

    public init(objective: any Objective, aggregation: Aggregation = .tokenMean, entropyBonus: Double = 0) {
        self.objective = objective
        self.aggregation = aggregation
        self.entropyBonus = entropyBonus
    }
}
