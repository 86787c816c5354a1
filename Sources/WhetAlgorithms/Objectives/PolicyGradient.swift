/// REINFORCE: loss = −A · log-probability. For rollouts of the current policy, or with importance weights.
///
/// Source: Williams 1992.
struct PolicyGradient: TokenObjective, ConfigurableObjective {
    static let name = "policy_gradient"
    static let formula = "−A · log p"
    static let source = "Williams 1992"

    init() {}

    func token(_ token: ObjectiveToken) -> TokenLoss {
        TokenLoss(loss: -token.advantage * token.logProbability, slope: -token.advantage)
    }
}
