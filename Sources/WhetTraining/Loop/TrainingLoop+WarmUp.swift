import Foundation
import WhetAlgorithms
import WhetBackends
import WhetCore
import WhetRollouts
import WhetStore

extension TrainingLoop {
    /// Makes policy version 0: the weights that the run was given, after the warm start if the recipe has one.
    ///
    /// Not resumed in its middle: it is short, and the same seed makes the same version again.
    func warmUp(_ state: LoopState) async throws {
        let startedAt = Date().timeIntervalSince1970
        let settings = recipe.warmup
        let start = WarmStart(
            curriculum: components.curriculum, format: components.format, batchSize: settings.batchSize,
            problems: settings.problems, maximumContext: components.maximumContext)
        let schedule = LearningRateSchedule(peak: settings.learningRate, warmupSteps: settings.steps / 10)
        let loss = LossFunction.crossEntropy
        let clock = ContinuousClock()
        var last = 0.0
        for step in 0..<settings.steps {
            if stop.isRequested { throw CancellationError() }
            let began = clock.now
            let batch = try await start.batch(step: step)
            let outcome = try await components.backend.forwardBackward(batch, loss: loss)
            _ = try await components.backend.optimizerStep(batch.id, learningRate: schedule.rate(at: step))
            last = outcome.loss
            report(
                .warmupStep(
                    .init(
                        step: step + 1, of: settings.steps, loss: outcome.loss, tokens: outcome.tokens,
                        seconds: (clock.now - began) / .seconds(1))))
        }
        try await checkpoints.write(.initial, of: components.backend, withOptimizer: true)
        try await components.store.commit(
            StepRecord(
                step: 0, kind: .warmup, version: .initial, checkpoint: checkpoints.name(of: .initial),
                metrics: settings.steps > 0 ? ["train/loss": last] : [:], state: state.json, startedAt: startedAt),
            of: run)
    }
}
