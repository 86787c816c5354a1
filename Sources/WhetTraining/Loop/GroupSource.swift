import WhetCore
import WhetRollouts
import WhetStore

/// Draws the groups of a run, and takes up what an earlier start left of them.
///
/// Keeps: a draw follows from (seed, number) and the state that was committed last, never from what is being computed,
/// so that a run which draws ahead of its trainer and is killed draws the same again.
actor GroupSource {
    private let run: String
    private let recipe: Recipe
    private let components: TrainingComponents
    private var state: LoopState
    /// Groups up to this number may have rollouts in the store.
    private let lastStored: Int

    init(run: String, recipe: Recipe, components: TrainingComponents, state: LoopState) async throws {
        self.run = run
        self.recipe = recipe
        self.components = components
        self.state = state
        lastStored = try await components.store.lastTrainingGroup(of: run) ?? -1
    }

    /// From now on draws follow this state.
    func commit(_ state: LoopState) { self.state = state }

    /// The next groups, each with a prompt of its turn.
    func draw(_ numbers: Range<Int>) async throws -> [RolloutDispatcher.DrawnGroup] {
        try await groups(zip(numbers, prompts(for: numbers)).map { (number: $0, prompt: $1) })
    }

    private func prompts(for numbers: Range<Int>) -> [Int] {
        PromptOrder(recipe).prompts(for: numbers, tracker: state.tracker, seed: recipe.run.seed)
    }

    /// Groups whose prompts are known; nil draws one.
    func unfinished(_ groups: [(number: Int, prompt: Int?)]) async throws -> [RolloutDispatcher.DrawnGroup] {
        try await self.groups(
            groups.map { number, prompt in
                (number: number, prompt: prompt ?? prompts(for: number..<number + 1)[0])
            })
    }

    private func groups(_ groups: [(number: Int, prompt: Int)]) async throws -> [RolloutDispatcher.DrawnGroup] {
        var known: [Int: [Rollout]] = [:]
        let stored = groups.map(\.number).filter { $0 <= lastStored }
        if !stored.isEmpty {
            let rollouts = try await components.store.rollouts(
                RolloutFilter(run: run, groups: stored.map { GroupID($0) }))
            known = Dictionary(grouping: rollouts.map(\.rollout), by: \.id.group.index)
        }
        var drawn: [RolloutDispatcher.DrawnGroup] = []
        for (number, prompt) in groups {
            let left = known[number] ?? []
            let task: PracticeTask
            // Difficulty may have moved since the group was drawn: what was played says what its task is.
            if let begun = left.first {
                task = begun.task
            } else {
                task = try await components.curriculum.task(prompt, state: state.curriculum)
            }
            let plans = try RolloutPlan.group(
                GroupID(number), of: task, size: recipe.rollout.groupSize, format: components.format,
                runSeed: recipe.run.seed)
            drawn.append(
                RolloutDispatcher.DrawnGroup(
                    number: number, prompt: prompt, plans: plans,
                    known: Dictionary(left.map { ($0.id.member, $0) }) { first, _ in first }))
        }
        return drawn
    }
}
