/// REINFORCE: loss = −A · log-probability. For rollouts of the current policy, or with importance weights.
///
/// Source: Williams 1992.
public struct PolicyGradient: TokenObjective, ConfigurableObjective {
    public static let name = "policy_gradient"
    public static let formula = "−A · log p"
    public static let source = "Williams 1992"

    public init() {}

    func token(_ token: ObjectiveToken) -> TokenLoss {
        TokenLoss(loss: -token.advantage * token.logProbability, slope: -token.advantage)
    }
}
