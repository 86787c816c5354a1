import WhetCore
import WhetRollouts
import WhetStore

extension TrainingLoop {
    /// Whole groups of earlier steps, drawn from those not older than the recipe allows.
    ///
    /// Keeps: which ones follows from (seed, step) and the numbers of the groups that those steps trained on, so a
    /// resumed run draws the same; what a filter left out never comes back.
    ///
    /// - Parameter kept: the groups that each step trained on.
    func replayed(step: Int, groups kept: [Int: [Int]]) async throws -> [Rollout] {
        let replay = recipe.replay
        guard replay.groupsPerStep > 0 else { return [] }
        let candidates = (max(1, step - replay.maximumAge)..<step).flatMap { kept[$0] ?? [] }
        var random = RandomStream(seed: recipe.run.seed, purpose: "replay", step)
        // More than are wanted: some may have nothing solved.
        let order = candidates.shuffled(using: &random)
        var chosen: [[Rollout]] = []
        for first in stride(from: 0, to: order.count, by: replay.groupsPerStep) {
            let wanted = order[first..<min(first + replay.groupsPerStep, order.count)].map { GroupID($0) }
            let stored = try await components.store.finishedRollouts(run: run, groups: wanted)
            let groups = Dictionary(grouping: stored, by: \.id.group)
            for group in wanted where chosen.count < replay.groupsPerStep {
                let members = (groups[group] ?? []).filter { rollout in
                    rollout.score != nil && (!replay.solvedOnly || rollout.score?.isSolved == true)
                }
                if !members.isEmpty { chosen.append(members.sorted { $0.id < $1.id }) }
            }
            if chosen.count == replay.groupsPerStep { break }
        }
        return chosen.flatMap { $0 }
    }
}
