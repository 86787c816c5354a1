import Foundation
import WhetAlgorithms
import WhetBackends
import WhetCore
import WhetRollouts
import WhetStore

/// A run from its warm start to its last evaluation: rollouts, credit, update, publication, again.
///
/// Keeps:
/// - step s leaves version s; synchronously it learns from rollouts that version s − 1 sampled, else from older ones
///   too, each token with the version that sampled it;
/// - a rollout is in the store before its credit is computed; a step is committed after its checkpoint is on disk;
/// - everything drawn follows from (seed, purpose, index), so a run that was killed and resumed ends with the weights
///   of one that never was: what is stored of an unfinished step is taken up, the rest is played.
public struct TrainingLoop: Sendable {
    let run: String
    let recipe: Recipe
    let components: TrainingComponents
    let stop: StopSignal
    let report: @Sendable (TrainingEvent) -> Void
    let algorithm: WhetAlgorithms.Algorithm
    /// The algorithm's, and that of imitation where rollouts are replayed so.
    let loss: LossFunction
    let limits: EpisodeLimits
    let player: EpisodePlayer
    /// Plays what is not scheduled: held-out tasks, offline samples, greedy baselines.
    let orchestrator: Orchestrator
    let evaluator: Evaluator
    let checkpoints: CheckpointFolder

    /// - Throws: `WhetError` when the algorithm's settings are wrong.
    public init(
        run: String, recipe: Recipe, components: TrainingComponents, stop: StopSignal = StopSignal(),
        report: @escaping @Sendable (TrainingEvent) -> Void
    ) throws {
        self.run = run
        self.recipe = recipe
        self.components = components
        self.stop = stop
        self.report = report
        algorithm = try .named(recipe.algorithm.name, settings: recipe.algorithm.settings.values)
        try algorithm.checkTrainable()
        try algorithm.check(components.curriculum)
        try algorithm.checkReplay(recipe.replay)
        loss = algorithm.loss(imitating: recipe.replay)
        limits = Self.limits(recipe.rollout.sampling, recipe, components)
        player = EpisodePlayer(
            server: components.server, environments: components.environments, format: components.format, run: run,
            agents: components.agents)
        orchestrator = Orchestrator(player: player, concurrency: recipe.inference.concurrency)
        var sampling = recipe.rollout.sampling
        sampling.temperature = recipe.evaluation.temperature
        evaluator = Evaluator(
            orchestrator: orchestrator, tasks: components.curriculum.evaluationTasks, format: components.format,
            limits: Self.limits(sampling, recipe, components), seed: recipe.evaluation.seed)
        checkpoints = CheckpointFolder(
            directory: components.home.directory(ofRun: run).appending(path: "checkpoints"),
            keep: recipe.run.checkpointKeep, keepsInitial: algorithm.needsReference && recipe.policy.reference == nil)
    }

    static func limits(
        _ sampling: SamplingParameters, _ recipe: Recipe, _ components: TrainingComponents
    ) -> EpisodeLimits {
        EpisodeLimits(
            sampling: sampling, maximumTurns: recipe.rollout.maximumTurns, maximumContext: components.maximumContext,
            seconds: recipe.rollout.timeoutSeconds)
    }

    /// Runs to the end, or to the end of the step in which `stop` was requested.
    ///
    /// - Returns: nil when it was stopped before its last step.
    /// - Throws: `WhetError`, or `CancellationError`; everything finished until then is in the store.
    public func train() async throws -> TrainingEvent.Finished? {
        let clock = ContinuousClock()
        let start = clock.now
        var state = try LoopState(algorithm: algorithm)
        let batches = try await components.store.handedBatches(of: run)
        let begun = try await takeUp(&state, batches)
        report(
            .runStarted(
                .init(run: run, store: components.store.path, steps: recipe.run.steps, resumedAt: begun?.version ?? 0)))
        if begun == nil { try await warmUp(state) }
        let first = (begun?.version ?? 0) + 1
        try await loadReference()
        try await publish(PolicyVersion(first - 1))
        try await startValues(&state)
        if let begun { try await restoreValues(&state, after: begun.version) }
        try await evaluateIfDue(after: first - 1)
        guard try await trainSteps(from: first, after: begun, batches, state) else { return nil }
        return try await finish(seconds: (clock.now - start) / .seconds(1))
    }

    /// - Returns: false when it was stopped before the last step.
    private func trainSteps(
        from first: Int, after begun: Begun?, _ batches: [HandedBatch], _ state: LoopState
    ) async throws -> Bool {
        let newest = PolicyVersion(first - 1)
        let behind = versionPlayedAhead(of: newest, batches)
        if let behind { try await publish(behind) }
        let collection = try await RolloutCollection(
            run: run, recipe: recipe, components: components, algorithm: algorithm, player: player, limits: limits,
            batches: batches, version: (behind ?? newest).number, state: state,
            committed: begun?.position ?? RolloutDispatcher.Position())
        let dispatcher = collection.dispatcher
        async let running: Void = dispatcher.run()
        // Both go on until this scope is left.
        async let _ = watch(dispatcher)
        async let _ = followLoad(dispatcher)
        if behind != nil {
            await dispatcher.playAhead()
            try await dispatcher.publish(newest) { try await publish(newest) }
        }
        var state = state
        var step = first
        while step <= recipe.run.steps, !stop.isRequested {
            try await self.step(step, committed: begun?.committed ?? 0, from: collection, &state)
            let version = PolicyVersion(step)
            try await dispatcher.publish(version) { try await publish(version) }
            try await evaluateIfDue(after: step)
            step += 1
        }
        await dispatcher.close()
        try await running
        return step > recipe.run.steps
    }

    /// One step off the policy, the batch after `newest` is played by the version before it, also when the run broke
    /// off in its middle.
    ///
    /// - Returns: that version; nil where nothing was being played ahead, or its weights are gone.
    private func versionPlayedAhead(of newest: PolicyVersion, _ batches: [HandedBatch]) -> PolicyVersion? {
        guard recipe.rollout.scheduling.mode == .oneStepOff, newest.number > 0, newest.number < recipe.run.steps,
            batches.last?.step == newest.number
        else { return nil }
        let older = PolicyVersion(newest.number - 1)
        guard FileManager.default.fileExists(atPath: checkpoints.url(of: older).path) else {
            report(
                .notice(
                    "version \(older), which had begun the next step's rollouts, is gone (run.checkpoint_keep is 1): "
                        + "they are played by version \(newest)"))
            return nil
        }
        return older
    }

    /// Where an earlier start left off: the newest checkpoint, and the last committed step, which may be later.
    private struct Begun {
        let version: Int
        let committed: Int
        /// After the last committed step.
        let position: RolloutDispatcher.Position
    }

    private func takeUp(_ state: inout LoopState, _ batches: [HandedBatch]) async throws -> Begun? {
        guard let last = try await components.store.lastCommittedStep(of: run) else { return nil }
        let versions = try await components.store.policyVersions(of: run)
        for record in versions.reversed() {
            let directory = checkpoints.url(of: record.version)
            guard record.checkpoint != nil, FileManager.default.fileExists(atPath: directory.path) else { continue }
            do { try await components.backend.load(from: directory) } catch var error as WhetError {
                // Nothing is deleted for a person, and no older weights are taken for these without a word.
                error.remedy =
                    "if it is damaged, remove \(directory.path(percentEncoded: false)): the run then goes on after the "
                    + "checkpoint before it, if there is one"
                throw error
            }
            let steps = try await components.store.steps(of: run)
            guard let step = steps.last(where: { $0.version == record.version }) else { continue }
            try state.restore(step, batches: batches)
            return Begun(
                version: record.version.number, committed: last.step, position: try LoopState.position(after: last))
        }
        throw WhetError(
            "the run's checkpoints are gone", at: checkpoints.directory.path,
            expected: "one of the policy versions \(versions.map(\.version.description).joined(separator: ", "))",
            remedy: "start a new run")
    }

    /// What was believed of each prompt when the run broke off.
    private func restoreValues(_ state: inout LoopState, after step: Int) async throws {
        state.restore(try await components.store.promptValues(run: run, after: step))
    }

    /// The frozen policy is version 0, unless the recipe names another, which whoever made the components has loaded.
    private func loadReference() async throws {
        guard let reference = components.reference, recipe.policy.reference == nil else { return }
        try await reference.load(from: checkpoints.url(of: .initial))
    }

    /// Puts the weights of a version on the server, which answers with that version from here on.
    private func publish(_ version: PolicyVersion) async throws {
        try await components.server.publish(try checkpoints.publication(of: version), version: version)
        report(.published(version))
    }

    private func finish(seconds: Double) async throws -> TrainingEvent.Finished {
        let evaluations = try await components.store.evaluations(of: run)
        let before = evaluations.first { $0.step == 0 }?.accuracy
        let after = evaluations.first { $0.step == recipe.run.steps }?.accuracy
        try await components.store.finish(run: run, accuracyBefore: before, accuracyAfter: after)
        let finished = TrainingEvent.Finished(
            run: run, store: components.store.path, seconds: seconds, before: before, after: after)
        report(.finished(finished))
        return finished
    }
}
