import WhetCore
import WhetRollouts

extension Recipe {
    /// When rollouts are played, and what becomes of unfinished ones.
    public struct Scheduling: Hashable, Sendable, Codable {
        public enum Mode: String, Hashable, Sendable, Codable, CaseIterable {
            case synchronous, april
            case oneStepOff = "one_step_off"
            case asynchronous
        }

        public var mode: Mode
        /// At least 1.
        public var overProvision: Double
        /// In versions; nil bounds nothing.
        public var maximumStaleness: Int?
        public var maximumResumes: Int?
        public var excess: StalenessBound.Excess
        public var stallSeconds: Double
        public var stepTimeoutSeconds: Double?

        /// What asynchronous rollouts are bounded by where the recipe says nothing.
        static let usualStaleness = 4

        var strategy: any SchedulingMode {
            switch mode {
            case .synchronous: Synchronous()
            case .april: APRIL(factor: overProvision)
            case .oneStepOff: OneStepOff()
            case .asynchronous: Asynchronous(staleness: maximumStaleness ?? Self.usualStaleness)
            }
        }

        var bound: StalenessBound {
            StalenessBound(
                versions: maximumStaleness ?? (mode == .asynchronous ? Self.usualStaleness : nil),
                resumes: maximumResumes,
                excess: excess)
        }
    }
}

extension RecipeSchema {
    static let scheduling: [RecipeKey] = [
        RecipeKey(
            "mode", .choice(of: Recipe.Scheduling.Mode.self), default: "synchronous",
            "Waits for all; stops when enough are complete; plays a step ahead; or never waits (docs/scheduling.md)."),
        RecipeKey(
            "over_provision", .number(.from(1, to: 100)), default: 2,
            "april: groups that are begun for each one that a step needs."),
        RecipeKey(
            "maximum_staleness", .optional(.integer(0...1_000_000)), default: .null,
            "How old a token may be when it is trained on; null bounds nothing, but is 4 for asynchronous.",
            unit: "versions"),
        RecipeKey(
            "maximum_resumes", .optional(.integer(0...1_000_000)), default: .null,
            "How often a rollout may be interrupted; null bounds nothing.", unit: "times"),
        RecipeKey(
            "excess", .choice(of: StalenessBound.Excess.self), default: "mask",
            "Beyond these bounds: old tokens are not trained on; the rollout starts anew; or its group is left out."),
        RecipeKey(
            "stall_seconds", .number(.above(0)), default: 60,
            "When nothing has ended for so long, whet says what it waits for, and again each time.", unit: "seconds"),
        RecipeKey(
            "step_timeout_seconds", .optional(.number(.above(0))), default: .null,
            "For a step's rollouts; then the run ends, saying what it waited for. null is as long as it takes.",
            unit: "seconds"),
    ]
}
