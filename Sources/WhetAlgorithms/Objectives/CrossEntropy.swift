/// Cross entropy: loss = −log-probability, for demonstrations. Advantages and behavior play no part, so there is no
/// ratio to report.
public struct CrossEntropy: Objective, ConfigurableObjective {
    public static let name = "cross_entropy"
    public static let formula = "−log p"
    public static let source = "maximum likelihood"

    public init() {}

    public func evaluate(_ sequence: ObjectiveSequence, shares: [Double]) -> ObjectiveResult {
        var result = ObjectiveResult(loss: 0, gradient: [Double](repeating: 0, count: shares.count))
        for place in shares.indices where sequence.mask[place] {
            result.loss -= shares[place] * sequence.logProbabilities[place]
            result.gradient[place] = -shares[place]
        }
        return result
    }
}
