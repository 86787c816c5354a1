import Foundation
import WhetAlgorithms
import WhetCore

/// What is promised: sums of gradients, checkpoints, repeats, refusals.
extension TrainerConformance {
    static let promises: [Check] = [
        Check(name: "accumulation", body: accumulation), Check(name: "micro_batches", body: microBatches),
        Check(name: "save_load_continue", body: saveLoadContinue), Check(name: "restart_in_mid_step", body: restart),
        Check(name: "repeated_batch", body: repeated), Check(name: "repeated_after_load", body: repeatedAfterLoad),
        Check(name: "refused_batch", body: refusedBatch), Check(name: "refused_save", body: refusedSave),
        Check(name: "not_finite", body: notFinite), Check(name: "publish", body: publish),
    ]

    /// One that sums, so that a part of a batch has the share that it has in the whole.
    private static func loss(_ ground: ConformanceGround) throws -> LossFunction {
        let known = ground.trainer.capabilities
        return try LossFunction(
            LossDescription(
                .init(known.objectives.contains("ppo_clip") ? "ppo_clip" : "policy_gradient"),
                aggregation: known.aggregations.contains("token-sum") ? .tokenSum : .tokenMean))
    }

    /// How far log-probabilities of equal weights may be apart: rounding, in another order.
    private static func same(_ one: [Float], _ two: [Float], _ ground: ConformanceGround, _ words: String) throws
        -> String
    {
        let largest = try Comparison(one, two).largest
        try expect(largest <= ground.settings.tolerance, "\(words) differ by \(largest.brief)")
        return largest == 0 ? "the same to the bit" : "differ by \(largest.brief)"
    }

    private static func accumulation(_ ground: ConformanceGround, _: Maker) async throws -> String {
        guard ground.trainer.capabilities.aggregations.contains("token-sum") else {
            return "not asked: it cannot sum"
        }
        let loss = try loss(ground)
        try await ground.rewind()
        let whole = try await ground.step(ground.trainer, ground.batch("whole"), loss)
        let once = try await ground.now(ground.trainer)
        try await ground.rewind()
        let halves = (
            try await ground.trainer.forwardBackward(ground.batch("first", 0..<3), loss: loss),
            try await ground.trainer.forwardBackward(ground.batch("second", 3..<ground.sequences.count), loss: loss)
        )
        let far = abs(halves.0.loss + halves.1.loss - whole.loss.loss) / max(1, abs(whole.loss.loss))
        try expect(
            far <= ground.settings.tolerance,
            "the parts' losses sum to \(halves.0.loss + halves.1.loss), and not \(whole.loss.loss)")
        let norm = try await ground.trainer.optimizerStep("both", learningRate: ground.settings.learningRate)
        if let one = norm.gradientNorm, let two = whole.optimizer.gradientNorm {
            try expect(
                abs(one - two) <= ground.settings.tolerance * two, "the gradient's norm is \(one), and not \(two)")
        }
        let twice = try await ground.now(ground.trainer)
        // AdamW's first step has one size in each weight: a gradient of rounding's size may turn round.
        let moves = (
            zip(once, ground.before.flatMap(\.self)).map { $0 - $1 },
            zip(twice, ground.before.flatMap(\.self)).map { $0 - $1 }
        )
        let cosine = try Comparison(moves.0, moves.1).cosine
        try expect(cosine > 0.999, "two parts lead elsewhere than the whole (cosine \(cosine.fixed(5)))")
        return "cosine \(cosine.fixed(5))"
    }

    private static func microBatches(_ ground: ConformanceGround, _ make: Maker) async throws -> String {
        let loss = try loss(ground)
        try await ground.rewind()
        let large = try await ground.step(ground.trainer, ground.batch("micro"), loss)
        return try await with(make, 16) { small in
            try await small.load(from: ground.initial)
            let cut = try await ground.step(small, ground.batch("micro"), loss)
            let far = abs(cut.loss.loss - large.loss.loss) / max(1, abs(large.loss.loss))
            try expect(far <= ground.settings.tolerance, "a loss of \(cut.loss.loss), and not \(large.loss.loss)")
            if let one = cut.optimizer.gradientNorm, let two = large.optimizer.gradientNorm {
                try expect(
                    abs(one - two) <= ground.settings.tolerance * two, "the gradient's norm is \(one), and not \(two)")
            }
            return "losses differ by \(far.brief)"
        }
    }

    private static func saveLoadContinue(_ ground: ConformanceGround, _: Maker) async throws -> String {
        let loss = try loss(ground)
        try await ground.rewind()
        try await ground.step(ground.trainer, ground.batch("1"), loss)
        let saved = ground.directory("saved")
        try await ground.trainer.save(to: saved)
        let atSave = try await ground.now(ground.trainer)
        try await ground.step(ground.trainer, ground.batch("2", 0..<4), loss)
        try await ground.step(ground.trainer, ground.batch("3", 4..<7), loss)
        let onward = try await ground.now(ground.trainer)
        try await ground.trainer.load(from: saved)
        _ = try same(try await ground.now(ground.trainer), atSave, ground, "the weights after a load")
        try await ground.step(ground.trainer, ground.batch("2", 0..<4), loss)
        try await ground.step(ground.trainer, ground.batch("3", 4..<7), loss)
        return try same(try await ground.now(ground.trainer), onward, ground, "the weights two steps after a load")
    }

    /// A trainer that ends with gradients that wait, and one that takes its place.
    private static func restart(_ ground: ConformanceGround, _ make: Maker) async throws -> String {
        let loss = try loss(ground)
        try await ground.rewind()
        try await ground.step(ground.trainer, ground.batch("1"), loss)
        let whole = try await ground.now(ground.trainer)
        let first = try await make(8_192)
        do {
            try await first.load(from: ground.initial)
            _ = try await first.forwardBackward(ground.batch("1"), loss: loss)
        } catch {
            await first.close()
            throw error
        }
        await first.close()
        return try await with(make, 8_192) { second in
            try await second.load(from: ground.initial)
            let again = try await ground.step(second, ground.batch("1"), loss)
            try expect(!again.loss.isRepeated, "a batch whose gradient is gone counts as done")
            return try same(try await ground.now(second), whole, ground, "the weights after a restart")
        }
    }

    private static func repeated(_ ground: ConformanceGround, _: Maker) async throws -> String {
        let loss = try loss(ground)
        try await ground.rewind()
        let once = try await ground.step(ground.trainer, ground.batch("1"), loss)
        let whole = try await ground.now(ground.trainer)
        try await ground.rewind()
        _ = try await ground.trainer.forwardBackward(ground.batch("1"), loss: loss)
        let waiting = try await ground.trainer.forwardBackward(ground.batch("1"), loss: loss)
        try expect(waiting.isRepeated, "a batch that waits was added again")
        _ = try await ground.trainer.optimizerStep("1", learningRate: ground.settings.learningRate)
        let applied = try await ground.step(ground.trainer, ground.batch("1"), loss)
        try expect(applied.loss.isRepeated, "a batch that is in the weights was added again")
        try expect(applied.optimizer.isRepeated, "a step was taken again")
        try expect(
            abs(applied.loss.loss - once.loss.loss) <= ground.settings.tolerance * max(1, abs(once.loss.loss)),
            "a repeated batch was answered with a loss of \(applied.loss.loss), and not \(once.loss.loss)")
        return try same(try await ground.now(ground.trainer), whole, ground, "the weights after repeats")
    }

    private static func repeatedAfterLoad(_ ground: ConformanceGround, _ make: Maker) async throws -> String {
        let loss = try loss(ground)
        try await ground.rewind()
        try await ground.step(ground.trainer, ground.batch("1"), loss)
        let saved = ground.directory("repeated")
        try await ground.trainer.save(to: saved)
        let whole = try await ground.now(ground.trainer)
        return try await with(make, 8_192) { second in
            try await second.load(from: saved)
            let again = try await ground.step(second, ground.batch("1"), loss)
            try expect(again.loss.isRepeated, "a batch that was saved with the weights was added again")
            try expect(again.optimizer.isRepeated, "a step that was saved with the weights was taken again")
            let fresh = try await second.forwardBackward(ground.batch("2"), loss: loss)
            try expect(!fresh.isRepeated, "a new batch counts as done")
            return try same(try await ground.now(second), whole, ground, "the weights after repeats")
        }
    }

    private static func refusedBatch(_ ground: ConformanceGround, _: Maker) async throws -> String {
        let loss = try loss(ground)
        try await ground.rewind()
        _ = try await ground.trainer.forwardBackward(ground.batch("1"), loss: loss)
        let outside = TrainingSequence(
            tokens: [0, Int32(clamping: ground.settings.vocabulary) + 1_000_000], mask: [false, true],
            advantages: [0, 1], weights: [1, 1], behaviorLogProbabilities: [0, -1])
        let refused = await refusal {
            _ = try await ground.trainer.forwardBackward(TrainingBatch(id: "outside", sequences: [outside]), loss: loss)
        }
        try expect(refused != nil, "a token outside the vocabulary was trained on")
        let waiting = try await ground.trainer.forwardBackward(ground.batch("1"), loss: loss)
        try expect(waiting.isRepeated, "a refused batch took another's gradient away")
        _ = try await ground.trainer.optimizerStep("1", learningRate: ground.settings.learningRate)
        let after = try await ground.now(ground.trainer)
        try await ground.rewind()
        try await ground.step(ground.trainer, ground.batch("1"), loss)
        _ = try same(after, try await ground.now(ground.trainer), ground, "the weights after a refused batch")
        return refused ?? ""
    }

    private static func refusedSave(_ ground: ConformanceGround, _: Maker) async throws -> String {
        try await ground.rewind()
        _ = try await ground.trainer.forwardBackward(ground.batch("1"), loss: try loss(ground))
        let refused = await refusal { try await ground.trainer.save(to: ground.directory("refused")) }
        try expect(refused != nil, "it saved while gradients waited, which are lost then")
        return refused ?? ""
    }

    private static func notFinite(_ ground: ConformanceGround, _: Maker) async throws -> String {
        try await ground.rewind()
        let endless = TrainingSequence(
            tokens: [0, 1, 2], mask: [false, true, true], advantages: [0, .infinity, 1], weights: [1, 1, 1],
            behaviorLogProbabilities: [0, -1, -1])
        let loss = try loss(ground)
        let refused = await refusal {
            try await ground.step(ground.trainer, TrainingBatch(id: "endless", sequences: [endless]), loss)
        }
        try expect(refused != nil, "a gradient that is not finite was applied")
        _ = try same(
            try await ground.now(ground.trainer), ground.before.flatMap(\.self), ground, "the weights after it")
        let next = try await ground.step(ground.trainer, ground.batch("1"), loss)
        try expect(next.loss.loss.isFinite, "what was refused is in the next batch's loss")
        return refused ?? ""
    }

    private static func publish(_ ground: ConformanceGround, _: Maker) async throws -> String {
        let loss = try loss(ground)
        try await ground.rewind()
        let told = try await ground.trainer.forwardBackward(ground.batch("1"), loss: loss)
        let directory = ground.directory("published")
        var publication = try await ground.trainer.publish(to: directory)
        publication = try await ground.trainer.publish(to: directory)
        try expect(
            ground.trainer.capabilities.publications.contains(publication.kind),
            "it publishes as \(publication.kind.rawValue), which its capabilities do not say")
        try expect(
            try Publication(directory: directory) == publication,
            "what lies in the directory is not a \(publication.kind.rawValue)")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path(percentEncoded: false))
        if publication.kind == .directory {
            try expect(names.contains("config.json"), "there is no config.json: \(names.sorted())")
            try expect(names.contains { $0.hasSuffix(".safetensors") }, "there are no weights: \(names.sorted())")
        }
        try expect(
            Publication.kind(ofCheckpoint: ground.initial) == publication.kind,
            "a checkpoint is no \(publication.kind.rawValue)")
        let waiting = try await ground.step(ground.trainer, ground.batch("1"), loss)
        try expect(waiting.loss.isRepeated && waiting.loss.loss == told.loss, "publishing took gradients away")
        return publication.kind.rawValue
    }

    /// Why something was refused; nil if it was not.
    private static func refusal(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch { return ConformanceFinding.words(error) }
    }

    private static func with<Result>(
        _ make: Maker, _ microBatchTokens: Int, _ body: (any TrainerBackend) async throws -> Result
    ) async throws -> Result {
        let backend = try await make(microBatchTokens)
        do {
            let result = try await body(backend)
            await backend.close()
            return result
        } catch {
            await backend.close()
            throw error
        }
    }
}

extension Publication {
    /// nil where it cannot be told.
    fileprivate static func kind(ofCheckpoint directory: URL) -> Kind? { try? Publication(directory: directory).kind }
}
