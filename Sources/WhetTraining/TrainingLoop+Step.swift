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
    func step(_ step: Int, committed: Int) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let startedAt = Date().timeIntervalSince1970
        let rollouts = try await collect(step: step)
        let collected = clock.now
        try await components.store.flush()
        let credit = try Credit(rollouts: rollouts, algorithm: algorithm)
        let update = try await update(with: credit, step: step)
        let updated = clock.now

        let version = PolicyVersion(step)
        let isCheckpoint = step % recipe.run.checkpointEvery == 0 || step == recipe.run.steps
        try await checkpoints.write(version, of: components.backend, withOptimizer: isCheckpoint)
        let statistics = StepStatistics(rollouts)
        var metrics = statistics.metrics.merging(update.metrics) { _, new in new }
        metrics["credit/zero_share"] = credit.zeroShare
        metrics["time/rollouts_seconds"] = (collected - start) / .seconds(1)
        metrics["time/update_seconds"] = (updated - collected) / .seconds(1)
        metrics["time/write_seconds"] = (clock.now - updated) / .seconds(1)
        if step > committed {
            try await components.store.commit(
                StepRecord(
                    step: step, version: version, checkpoint: isCheckpoint ? checkpoints.name(of: version) : nil,
                    metrics: metrics, startedAt: startedAt),
                of: run)
        }
        if isCheckpoint { try checkpoints.prune(after: version) }
        report(
            .stepFinished(
                .init(
                    step: step, of: recipe.run.steps, reward: statistics.reward, solved: statistics.accuracy,
                    loss: update.loss, metrics: metrics, rollouts: statistics.rollouts, tokens: statistics.policyTokens,
                    seconds: (clock.now - start) / .seconds(1))))
    }

    /// The rollouts of a step's groups, every one of them ended.
    private func collect(step: Int) async throws -> [Rollout] {
        let count = recipe.rollout.groupsPerStep
        let plans = try ((step - 1) * count..<step * count).flatMap { index in
            try RolloutPlan.group(
                GroupID(index), of: components.curriculum.task(index), size: recipe.rollout.groupSize,
                format: components.format, runSeed: recipe.run.seed)
        }
        let limits = Self.limits(recipe.rollout.sampling, recipe, components)
        let rollouts = try await playMissing(
            plans, orchestrator: orchestrator, limits: limits, version: PolicyVersion(step - 1), step: step)
        let failed = rollouts.filter { $0.score == nil }
        guard Double(failed.count) <= recipe.rollout.failedShareAllowed * Double(rollouts.count) else {
            throw WhetError(
                "\(failed.count) of \(rollouts.count) rollouts of step \(step) failed; the first: "
                    + (failed.first?.reason ?? "no reason given"),
                expected: "at most a share of \(recipe.rollout.failedShareAllowed) (rollout.failed_share_allowed)",
                remedy: "mend what failed, then `whet train --resume \(run)`")
        }
        return rollouts
    }

    private struct Update {
        var loss: Double
        var metrics: [String: Double]
    }

    /// One optimizer step a mini-batch.
    private func update(with credit: Credit, step: Int) async throws -> Update {
        let rate = LearningRateSchedule(recipe.trainer, steps: recipe.run.steps).rate(at: step - 1)
        let deals = MiniBatches.deal(
            credit.sequences.count, into: recipe.trainer.miniBatches, seed: recipe.run.seed, step: step, epoch: 0)
        var reports: [LossReport] = []
        var norms: [Double] = []
        for (number, places) in deals.enumerated() {
            let batch = TrainingBatch(id: "\(run)-\(step)-\(number)", sequences: places.map { credit.sequences[$0] })
            reports.append(try await components.backend.forwardBackward(batch, loss: algorithm.loss))
            norms.append(try await components.backend.optimizerStep(learningRate: rate).gradientNorm)
        }
        var metrics: [String: Double] = [:]
        for name in Set(reports.flatMap(\.metrics.keys)) {
            metrics["train/\(name)"] = reports.compactMap { $0.metrics[name] }.mean
        }
        let loss = reports.map(\.loss).mean
        metrics["train/loss"] = loss
        metrics["train/tokens"] = Double(reports.reduce(0) { $0 + $1.tokens })
        metrics["train/gradient_norm"] = norms.mean
        metrics["train/learning_rate"] = rate
        return Update(loss: loss, metrics: metrics)
    }
}

extension LearningRateSchedule {
    init(_ trainer: Recipe.Trainer, steps: Int) {
        self.init(
            peak: trainer.learningRate, shape: Shape(trainer.schedule), warmupSteps: trainer.warmupSteps,
            totalSteps: steps, finalShare: trainer.finalShare)
    }
}

extension LearningRateSchedule.Shape {
    init(_ schedule: Recipe.Trainer.Schedule) {
        self =
            switch schedule {
            case .constant: .constant
            case .linear: .linear
            case .cosine: .cosine
            }
    }
}
