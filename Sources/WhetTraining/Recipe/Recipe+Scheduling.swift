import WhetRollouts

extension Recipe {
    /// When rollouts are played, and what becomes of unfinished ones.
    public struct Scheduling: Hashable, Sendable, Codable {
        public enum Mode: String, Hashable, Sendable, Codable, CaseIterable {
            case synchronous, april, asynchronous
            case oneStepOff = "one_step_off"
        }

        public enum Excess: String, Hashable, Sendable, Codable, CaseIterable { case mask, restart, drop }

        public var mode: Mode
        /// At least 1.
        public var overProvision: Double
        /// In versions; nil bounds nothing.
        public var maximumStaleness: Int?
        public var maximumResumes: Int?
        public var excess: Excess
        public var stallSeconds: Double
        public var stepTimeoutSeconds: Double?

        enum CodingKeys: String, CodingKey {
            case mode, excess
            case overProvision = "over_provision"
            case maximumStaleness = "maximum_staleness"
            case maximumResumes = "maximum_resumes"
            case stallSeconds = "stall_seconds"
            case stepTimeoutSeconds = "step_timeout_seconds"
        }

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
                excess: StalenessBound.Excess(excess))
        }
    }
}

extension StalenessBound.Excess {
    init(_ excess: Recipe.Scheduling.Excess) {
        self =
            switch excess {
            case .mask: .mask
            case .restart: .restart
            case .drop: .drop
            }
    }
}
