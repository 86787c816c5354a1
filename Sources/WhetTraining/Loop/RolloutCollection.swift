import WhetAlgorithms
import WhetCore
import WhetRollouts
import WhetStore

/// What a step collected.
struct Collected {
    /// Every rollout of the groups that are trained on, in the order of their ids.
    var rollouts: [Rollout] = []
    /// The prompt of each group that is trained on.
    var prompts: [GroupID: Int] = [:]
    /// What became of every group that was played, filtered ones included.
    var outcomes: [Curriculum.Outcome] = []
    var groupsPlayed = 0
    var groupsKept = 0
    /// Of the failed rollouts, why the first failed.
    var failures: [String] = []
    var played = 0
    /// The reward of the greedy rollout of each group's task, for algorithms that need it.
    var greedyRewards: [GroupID: Double] = [:]
    /// How the scheduler fared.
    var metrics: [String: Double] = [:]

    init(_ groups: [RolloutDispatcher.PlayedGroup]) {
        for group in groups {
            let scores = group.rollouts.compactMap(\.score)
            groupsPlayed += 1
            played += group.rollouts.count
            failures += group.rollouts.filter { $0.status == .failed }.map { $0.reason ?? "no reason given" }
            if let task = group.rollouts.first?.task {
                outcomes.append(.init(environment: task.environment, level: task.level, solved: scores.map(\.isSolved)))
            }
            guard group.isKept else { continue }
            groupsKept += 1
            prompts[GroupID(group.number)] = group.prompt
            rollouts += group.rollouts
        }
    }
}

/// The rollouts of a run's steps: from the dispatcher, or, where a step was broken off, from the store.
///
/// Keeps: what a step is given is written down before it is used, so the same step is given the same again.
struct RolloutCollection: Sendable {
    let run: String
    let store: RolloutStore
    let dispatcher: RolloutDispatcher
    let source: GroupSource
    /// By step; what an earlier start handed over.
    let handed: [Int: HandedBatch]

    /// - Parameters:
    ///   - batches: what an earlier start handed over.
    ///   - version: of the weights on the server.
    ///   - state: of the checkpoint that training goes on from.
    ///   - committed: where the drawing of groups stood after the last committed step, which may be later.
    init(
        run: String, recipe: Recipe, components: TrainingComponents, algorithm: WhetAlgorithms.Algorithm,
        player: EpisodePlayer, limits: EpisodeLimits, batches: [HandedBatch], version: Int, state: LoopState,
        committed: LoopState.Position
    ) async throws {
        self.run = run
        store = components.store
        handed = Dictionary(batches.map { ($0.step, $0) }) { first, _ in first }
        let source = try await GroupSource(run: run, recipe: recipe, components: components, state: state)
        self.source = source

        let taken = Set(batches.flatMap(\.groups).map(\.number))
        let next = max(committed.next, (taken.max() ?? -1) + 1)
        let prompts = Dictionary(committed.open.map { ($0.number, $0.prompt) }) { first, _ in first }
        let open = (Array(prompts.keys) + Array(committed.next..<next)).filter { !taken.contains($0) }
        let unfinished = try await source.unfinished(Set(open).sorted().map { ($0, prompts[$0] ?? nil) })

        let store = components.store
        let sampling = algorithm.sampling
        let wanted = recipe.rollout.groupsPerStep
        dispatcher = RolloutDispatcher(
            player: player, limits: limits,
            settings: Scheduler.Settings(
                mode: recipe.rollout.scheduling.strategy, groupsPerStep: wanted, groupSize: recipe.rollout.groupSize,
                slots: recipe.inference.concurrency, refills: sampling.isOn ? (sampling.limit - 1) * wanted : 0,
                bound: recipe.rollout.scheduling.bound, batches: recipe.run.steps),
            source: RolloutDispatcher.Source(
                draw: { try await source.draw($0) },
                record: { try await store.record($0, run: run, step: nil) },
                refusal: { rollouts in
                    sampling.keeps(rewards: rollouts.compactMap(\.score?.reward))
                        ? nil : "dynamic sampling: every reward of the group is the same"
                },
                markFiltered: { try await store.markFiltered($0, run: run, reason: $1) }),
            version: version, delivered: batches.count, next: next, unfinished: unfinished)
    }

    /// Where the drawing of groups stands.
    var position: LoopState.Position {
        get async {
            let position = await dispatcher.position
            return LoopState.Position(
                next: position.next, open: position.unfinished.map { .init(number: $0.number, prompt: $0.prompt) })
        }
    }

    /// The groups that an earlier start gave to the step; nil if there are none.
    func stored(step: Int) async throws -> [RolloutDispatcher.PlayedGroup]? {
        guard let batch = handed[step] else { return nil }
        let rollouts = try await store.rollouts(
            RolloutFilter(run: run, groups: batch.groups.map { GroupID($0.number) })
        ).map(\.rollout)
        let members = Dictionary(grouping: rollouts, by: \.id.group.index)
        return batch.groups.map { group in
            RolloutDispatcher.PlayedGroup(
                number: group.number, prompt: group.prompt, isKept: group.isKept,
                rollouts: (members[group.number] ?? []).sorted { $0.id < $1.id })
        }
    }

    /// Whether nothing was handed over after this step.
    func isLastHanded(_ step: Int) -> Bool { handed.keys.max() == step }

    /// Writes down that a step has these groups.
    func hand(_ groups: [RolloutDispatcher.PlayedGroup], to step: Int) async throws {
        try await store.hand(
            HandedBatch(
                step: step, groups: groups.map { .init(number: $0.number, prompt: $0.prompt, isKept: $0.isKept) }),
            of: run)
    }
}
