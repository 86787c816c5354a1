/// How finely the reward of a checklist is assigned. The criteria are dense in all of them.
public enum CreditLevel: String, Hashable, Sendable, CaseIterable {
    /// One reward for the whole rollout, the mean over its turns, compared with the group's: sparse assignment, dense
    /// criteria. What CM2 ends up with; finer ones learn faster at first and collapse sooner.
    case trajectory
    /// Each turn against the same turn of the others.
    case turn
    /// Each step against how the others did on the items that were open in it.
    case step

    public static let standard = CreditLevel.trajectory

    /// The name of the algorithm in `WhetAlgorithms` that compares at this level.
    public var algorithm: String {
        switch self {
        case .trajectory: "dr_grpo"
        case .turn: "turn_level"
        case .step: "step_level"
        }
    }
}
