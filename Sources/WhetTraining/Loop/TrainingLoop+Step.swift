import Foundation
import WhetAlgorithms
import WhetBackends
import WhetCore
import WhetRollouts
import WhetStore

extension TrainingLoop {
    /// One step: collect, store, credit, update, write.
    ///
    /// - Parameter committed: the last step that is in the store already; up to it a step is only computed again.
    func step(
        _ step: Int, committed: Int, from collection: RolloutCollection, _ state: inout LoopState
    ) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let startedAt = Date().timeIntervalSince1970
        let collected = try await collect(step: step, from: collection, &state)
        let played = clock.now
        try await components.store.flush()
        let batch = try await batch(of: collected, step: step, &state)
        let observed = try await observe(batch.fresh, collected, &state)
        components.curriculum.observe(collected.outcomes, &state.curriculum)
        let update = try await update(with: batch.samples, step: step)
        let updated = clock.now

        let version = PolicyVersion(step)
        let isCheckpoint = step % recipe.run.checkpointEvery == 0 || step == recipe.run.steps
        try await checkpoints.write(version, of: components.backend, withOptimizer: isCheckpoint)
        let statistics = StepStatistics(collected.rollouts)
        var metrics = statistics.metrics.merging(update.metrics) { _, new in new }
        metrics.merge(batch.metrics) { _, new in new }
        metrics.merge(state.curriculum.metrics) { _, new in new }
        metrics.merge(collected.metrics) { _, new in new }
        metrics["group/filtered_share"] = 1 - Double(collected.groupsKept) / Double(max(1, collected.groupsPlayed))
        metrics["spo/divergence"] = observed.divergence
        metrics["time/rollouts_seconds"] = (played - start) / .seconds(1)
        metrics["time/update_seconds"] = (updated - played) / .seconds(1)
        metrics["time/write_seconds"] = (clock.now - updated) / .seconds(1)
        if step > committed {
            state.position = await collection.dispatcher.position
            try await components.store.commit(
                StepRecord(
                    step: step, version: version, checkpoint: isCheckpoint ? checkpoints.name(of: version) : nil,
                    metrics: metrics, state: state.json, startedAt: startedAt),
                promptValues: state.promptValues(of: observed.prompts), of: run)
        }
        await collection.source.commit(state)
        if isCheckpoint { try checkpoints.prune(after: version) }
        report(
            .stepFinished(
                .init(
                    step: step, of: recipe.run.steps, reward: statistics.reward, solved: statistics.accuracy,
                    loss: update.loss, metrics: metrics, rollouts: collected.played, tokens: statistics.policyTokens,
                    seconds: (clock.now - start) / .seconds(1))))
    }

    private struct Update {
        var loss: Double
        var metrics: [String: Double]
    }

    /// One optimizer step a mini-batch.
    private func update(with samples: [TrainingSample], step: Int) async throws -> Update {
        let rate = LearningRateSchedule(recipe.trainer, steps: recipe.run.steps).rate(at: step - 1)
        let deals = samples.miniBatches(of: recipe, step: step, under: loss)
        var reports: [LossReport] = []
        var norms: [Double] = []
        for (number, dealt) in deals.enumerated() where !dealt.isEmpty {
            let batch = TrainingBatch(id: "\(run)-\(step)-\(number)", sequences: dealt.map(\.sequence))
            reports.append(try await components.backend.forwardBackward(batch, loss: loss))
            let taken = try await components.backend.optimizerStep(batch.id, learningRate: rate)
            if let norm = taken.gradientNorm { norms.append(norm) }
        }
        var metrics: [String: Double] = [:]
        for name in Set(reports.flatMap(\.metrics.keys)) {
            metrics["train/\(name)"] = reports.compactMap { $0.metrics[name] }.mean
        }
        if reports.isEmpty { report(.notice("step \(step) has nothing to train on: every token is masked")) }
        let loss = reports.map(\.loss).mean
        metrics["train/loss"] = loss
        metrics["train/tokens"] = Double(reports.reduce(0) { $0 + $1.tokens })
        if !norms.isEmpty { metrics["train/gradient_norm"] = norms.mean }
        metrics["train/learning_rate"] = rate
        return Update(loss: loss, metrics: metrics)
    }
}

extension LearningRateSchedule {
    init(_ trainer: Recipe.Trainer, steps: Int) {
        self.init(
            peak: trainer.learningRate, shape: trainer.schedule, warmupSteps: trainer.warmupSteps,
            totalSteps: steps, finalShare: trainer.finalShare)
    }
}
