/// Cross entropy: loss = −log-probability, for demonstrations. Advantages and behavior play no part.
public struct CrossEntropy: TokenObjective, Configurable {
    public static let name = "cross_entropy"

    public init() {}

    func token(_ token: ObjectiveToken) -> TokenLoss {
        TokenLoss(loss: -token.logProbability, slope: -1)
    }
}
