/// Cross entropy: loss = −log-probability, for demonstrations. Advantages and behavior play no part, so there is no
/// ratio to report.
struct CrossEntropy: Objective, ConfigurableObjective {
    static let name = "cross_entropy"
    static let formula = "−log p"
    static let source = "maximum likelihood"

    init() {}

    func evaluate(_ sequence: ObjectiveSequence, shares: [Double]) -> ObjectiveResult {
        var result = ObjectiveResult(loss: 0, gradient: [Double](repeating: 0, count: shares.count))
        for place in shares.indices where sequence.mask[place] {
            result.loss -= shares[place] * sequence.logProbabilities[place]
            result.gradient[place] = -shares[place]
        }
        return result
    }
}

extension LossFunction {
    /// Cross entropy alone, every trained token weighing the same: for demonstrations.
    public static let crossEntropy = LossFunction(objective: CrossEntropy())
}

extension LossComponent {
    /// Cross entropy beside another objective, averaged over its own tokens.
    public static let crossEntropy = LossComponent(objective: CrossEntropy())
}
