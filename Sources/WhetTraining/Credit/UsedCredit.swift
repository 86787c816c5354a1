import WhetAlgorithms
import WhetCore
import WhetStore

/// Credits the stored rollouts of a run exactly as the run did: its own algorithm, with the values that the store
/// holds.
struct UsedCredit {
    private let algorithm: WhetAlgorithms.Algorithm
    private let run: String
    private let store: RolloutStore
    private var roles = RoleBaselines()
    private var values: [Int: PromptValue] = [:]
    private var starts: BetaTracker?

    init(_ algorithm: WhetAlgorithms.Algorithm, run: String, store: RolloutStore) async throws {
        guard algorithm.rewardPenalty == nil else {
            throw WhetError(
                "the run took a KL penalty from its rewards, and the store does not hold its reference's numbers",
                at: "run \(run)", expected: "a run whose credit follows from what is stored")
        }
        self.algorithm = algorithm
        self.run = run
        self.store = store
        starts = try await Self.starts(algorithm, run: run, store: store)
    }

    /// - Parameter rollouts: those that `step` trained on.
    mutating func credit(_ rollouts: [Rollout], step: Int) async throws -> Credit {
        var baselines: [RolloutID: Double] = [:]
        if let tracking = algorithm.tracking {
            var tracker = try BetaTracker(parameters: tracking)
            for visited in try await store.promptValues(run: run, visitedBy: step) {
                guard let rollout = visited.lastRollout else { continue }
                let name = LoopState.name(of: visited.prompt)
                if let before = values[visited.prompt] {
                    tracker.restore(BetaTracker.Belief(alpha: before.alpha, beta: before.beta), of: name)
                } else if let start = starts?.belief(of: name) {
                    tracker.restore(start, of: name)
                }
                baselines[rollout] = tracker.value(of: name)
                values[visited.prompt] = visited
            }
        } else if algorithm.needs.contains(.roleValue) {
            for rollout in rollouts {
                guard let score = rollout.score else { continue }
                baselines[rollout.id] = roles.observe(score.reward, role: rollout.task.environment)
            }
        } else if algorithm.needs.contains(.greedyReward) {
            let groups = rollouts.map { GroupID($0.id.group.index, purpose: .baseline) }
            let greedy = try await store.finishedRollouts(run: run, groups: Set(groups).sorted())
            let rewards = Dictionary(greedy.map { ($0.id.group.index, $0.score?.reward) }, uniquingKeysWith: { $1 })
            for rollout in rollouts { baselines[rollout.id] = rewards[rollout.id.group.index] ?? nil }
        }
        return try Credit(of: rollouts, under: algorithm, baselines: baselines)
    }

    /// What prompts were believed to be worth before their first visit.
    private static func starts(
        _ algorithm: WhetAlgorithms.Algorithm, run: String, store: RolloutStore
    ) async throws -> BetaTracker? {
        guard let tracking = algorithm.tracking else { return nil }
        var tracker = try BetaTracker(parameters: tracking)
        tracker.start(from: try await store.rollouts(RolloutFilter(run: run, purpose: .offline)).map(\.rollout))
        return tracker
    }
}

extension BetaTracker {
    /// Starts prompts from rollouts of the starting policy, whose groups have the prompts' numbers.
    mutating func start(from offline: [Rollout]) {
        for (group, members) in Dictionary(grouping: offline, by: \.id.group) {
            let solved = members.compactMap(\.score?.isSolved)
            start(LoopState.name(of: group.index), successes: solved.count { $0 }, failures: solved.count { !$0 })
        }
    }
}
