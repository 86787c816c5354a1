import Foundation
import WhetAgents
import WhetCore
import WhetEngine
import WhetHTTP
import WhetInference
import WhetRollouts
import WhetServer
import WhetStore
import WhetText
import WhetTraining

/// Puts together what a recipe names, runs it, and takes it apart again.
///
/// Keeps: the embedded server is up exactly as long as the run; a run that fails is marked so in the store.
struct RunAssembly {
    let run: String
    let recipe: Recipe
    let home: WhetHome
    let store: RolloutStore

    /// Enters a new run in the store.
    ///
    /// - Returns: its id, made of the time and the recipe's name.
    static func begin(_ recipe: Recipe, in store: RolloutStore, suffix: String = "") async throws -> String {
        let name = (recipe.run.name ?? "run") + suffix
        let wanted = WhetHome.runID(name: name, date: Date())
        while true {
            let taken = Set(try await store.runs().map(\.id))
            let others = (2...).lazy.map { "\(wanted)-\($0)" }
            let id = taken.contains(wanted) ? others.first { !taken.contains($0) } ?? wanted : wanted
            do {
                try await store.begin(
                    RunRecord(
                        id: id, name: name, recipe: try recipe.json.text(), build: WhetVersion.current,
                        seed: recipe.run.seed))
                return id
            } catch let error as WhetError {
                // Another program has begun a run of this name in this very second.
                guard try await store.runs().contains(where: { $0.id == id }) else { throw error }
            }
        }
    }

    /// - Returns: nil when it was stopped before its end.
    /// - Throws: what went wrong, after the store was told; `WhetError`, and the store is not touched, when another
    ///   program trains the run.
    func train(
        stop: StopSignal, report: @escaping @Sendable (TrainingEvent) -> Void
    ) async throws -> TrainingEvent.Finished? {
        try await home.training(run: run) { try await trainAlone(stop: stop, report: report) }
    }

    private func trainAlone(
        stop: StopSignal, report: @escaping @Sendable (TrainingEvent) -> Void
    ) async throws -> TrainingEvent.Finished? {
        do {
            try await store.resume(run: run)
            let finished = try await withComponents { components in
                try await TrainingLoop(run: run, recipe: recipe, components: components, stop: stop, report: report)
                    .train()
            } notice: {
                report(.notice($0))
            }
            if finished == nil { try await store.finish(run: run, as: .interrupted) }
            return finished
        } catch {
            let isStopped = error is CancellationError
            try? await store.finish(run: run, as: isStopped ? .interrupted : .failed)
            if isStopped, stop.isRequested { return nil }
            throw error
        }
    }

    private func withComponents<Result: Sendable>(
        _ body: @escaping @Sendable (TrainingComponents) async throws -> Result,
        notice: @escaping @Sendable (String) -> Void
    ) async throws -> Result {
        StoredJudgments.keep(in: store)
        let environments = try await EnvironmentAssembly(recipe)
        let folder = try home.createDirectory(ofRun: run)
        let directory = try await PolicyDirectory.find(for: recipe, curriculum: environments.curriculum, in: folder)
        if recipe.usesEngine {
            try PolicyMemory(try ModelConfiguration(directory: directory), in: recipe).check(at: directory.path)
        }
        let shape = try PolicyShape(directory: directory)
        let format = try PolicyDirectory.format(in: directory, shape)
        try await PromptRoom(format: format, context: shape.maximumPositions).check(environments)
        let starting = TrainerAssembly.Start(
            recipe: recipe, directory: directory, runFolder: folder, shape: shape, threads: threads, notice: notice)
        return try await TrainerAssembly.with(starting) { trainer in
            try await withServer(
                of: directory, vocabulary: shape.vocabularySize,
                endTokens: Set(shape.endOfSequence + [format.endOfTurn]).sorted(), publication: trainer.publication
            ) { server in
                try await withAgents(environments) { agents in
                    try await body(
                        TrainingComponents(
                            store: store, home: home, backend: trainer.backend, reference: trainer.reference,
                            server: server, format: format, curriculum: environments.curriculum,
                            environments: { environments.byName[$0] }, agents: agents,
                            maximumContext: shape.maximumPositions))
                }
            }
        }
    }

    /// Serves agents where an environment has one.
    private func withAgents<Result: Sendable>(
        _ environments: EnvironmentAssembly, _ body: ((any AgentHost)?) async throws -> Result
    ) async throws -> Result {
        guard environments.hasAgents else { return try await body(nil) }
        return try await AgentPlayer.withPlayer { try await body($0) }
    }

    /// Of the trainer and of the embedded server, which take turns.
    var threads: Int { recipe.trainer.threads ?? ProcessInfo.processInfo.activeProcessorCount }
}

extension Recipe {
    /// Whether whet's own engine computes anything of it.
    var usesEngine: Bool { trainer.kind == .embedded || inference.kind == .embedded }
}
