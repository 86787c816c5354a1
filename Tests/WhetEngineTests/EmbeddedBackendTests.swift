import Foundation
import Testing
import WhetBackends
import WhetCore
import WhetTestSupport

@testable import WhetAlgorithms
@testable import WhetEngine

@Suite("Embedded backend")
struct EmbeddedBackendTests {
    /// loss = −weight · advantage · logp, with a count of what was seen.
    private struct PolicyGradient: Objective {
        static let name = "test_policy_gradient"

        func evaluate(_ sequence: ObjectiveSequence, shares: [Double]) -> ObjectiveResult {
            let gradient = zip(shares, sequence.advantages).map { -$0 * $1 }
            return ObjectiveResult(
                loss: dot(gradient, sequence.logProbabilities), gradient: gradient,
                sums: ["seen": Double(sequence.mask.count { $0 })])
        }
    }

    static func batch(_ count: Int, vocabulary: Int, seed: UInt64) -> TrainingBatch {
        var random = RandomStream(key: seed)
        return TrainingBatch(
            id: "\(seed)",
            sequences: (0..<count).map { index in
                let length = Int.random(in: 4...40, using: &random)
                let mask = (0..<length).map { $0 >= 3 && $0 % 5 != 4 }
                return TrainingSequence(
                    tokens: random.tokens(length, below: vocabulary), mask: mask, advantages: random.floats(length),
                    weights: random.floats(length, in: 0.5...1.5),
                    behaviorLogProbabilities: random.floats(length, in: -4 ... -3),
                    temperature: index % 2 == 0 ? 1 : 0.9)
            })
    }

    private static func backend(threads: Int = 2, microBatchTokens: Int = 128, seed: UInt64 = 1) throws
        -> EmbeddedBackend
    {
        var settings = EmbeddedBackend.Settings(threads: threads, microBatchTokens: microBatchTokens)
        settings.optimizer.weightDecay = 0.1
        return EmbeddedBackend(model: Model(configuration: try .odd(), seed: seed), settings: settings)
    }

    private static func train(_ backend: EmbeddedBackend, steps: Range<Int>) async throws {
        for step in steps {
            let batch = batch(8, vocabulary: 53, seed: UInt64(step))
            _ = try await backend.forwardBackward(
                batch, loss: LossFunction(objective: PolicyGradient(), entropyBonus: 0.01))
            _ = try await backend.optimizerStep(batch.id, learningRate: 1e-2)
        }
    }

    @Test(
        "saving, loading and going on gives the bits of going on",
        arguments: [Safetensors.ElementType.float32, .bfloat16])
    func resumes(dtype: Safetensors.ElementType) async throws {
        let whole = try Self.backend()
        try await Self.train(whole, steps: 0..<6)
        try await withTemporaryDirectory { directory in
            let checkpoint = directory.appending(path: "checkpoint")
            var settings = EmbeddedBackend.Settings(threads: 1, microBatchTokens: 128)
            settings.optimizer.weightDecay = 0.1
            settings.dtype = dtype
            let first = EmbeddedBackend(model: Model(configuration: try .odd(), seed: 1), settings: settings)
            try await Self.train(first, steps: 0..<1)
            try await first.save(to: checkpoint)
            try await Self.train(first, steps: 1..<3)
            try await first.save(to: checkpoint)
            try await Self.train(first, steps: 3..<4)

            let second = try Self.backend(seed: 2)
            try await second.load(from: checkpoint)
            #expect(await second.step == 3)
            try await Self.train(second, steps: 3..<6)
            #expect(await second.model().parameters.values.bits == whole.model().parameters.values.bits)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["checkpoint"])
        }
    }

    @Test("two runs and any number of threads give the same weights, to the bit")
    func deterministic() async throws {
        var results: [[UInt32]] = []
        for threads in [1, 2, 2, 3] {
            let backend = try Self.backend(threads: threads)
            try await Self.train(backend, steps: 0..<3)
            results.append(await backend.model().parameters.values.bits)
        }
        #expect(results.allSatisfy { $0 == results[0] })
        #expect(results[0] != Model(configuration: try .odd(), seed: 1).parameters.values.bits)
    }

    @Test("a batch in two calls adds up to the batch in one")
    func accumulates() async throws {
        let batch = Self.batch(8, vocabulary: 53, seed: 4)
        let loss = LossFunction(objective: PolicyGradient(), aggregation: .tokenSum)
        let one = try Self.backend()
        let two = try Self.backend()
        let report = try await one.forwardBackward(batch, loss: loss)
        let first = try await two.forwardBackward(
            TrainingBatch(id: "a", sequences: Array(batch.sequences[..<3])), loss: loss)
        let second = try await two.forwardBackward(
            TrainingBatch(id: "b", sequences: Array(batch.sequences[3...])), loss: loss)
        #expect(abs(report.loss - first.loss - second.loss) < 1e-9 * abs(report.loss))
        let norms = try await [one, two].concurrentMap {
            try await $0.optimizerStep("a", learningRate: 1e-3).gradientNorm ?? 0
        }
        #expect(abs(norms[0] - norms[1]) < 1e-5 * norms[0])
    }

    @Test("the report tells means over trained tokens")
    func report() async throws {
        let backend = try Self.backend()
        let batch = Self.batch(5, vocabulary: 53, seed: 9)
        let logProbabilities = try await backend.logProbabilities(of: batch.sequences)
        #expect(logProbabilities.map(\.count) == batch.sequences.map(\.tokens.count))
        #expect(logProbabilities.allSatisfy { $0[0] == 0 && $0[1...].allSatisfy { $0 < 0 } })

        let report = try await backend.forwardBackward(batch, loss: LossFunction(objective: PolicyGradient()))
        var tokens = 0
        var difference = 0.0
        var divergence = 0.0
        var loss = 0.0
        for (sequence, logProbabilities) in zip(batch.sequences, logProbabilities) {
            for place in sequence.tokens.indices where sequence.mask[place] {
                let ratio = Double(logProbabilities[place]) - Double(sequence.behaviorLogProbabilities[place])
                tokens += 1
                difference += abs(ratio)
                divergence += Foundation.exp(ratio) - 1 - ratio
                loss -=
                    Double(sequence.weights[place]) * Double(sequence.advantages[place])
                    * Double(logProbabilities[place])
            }
        }
        #expect(report.tokens == tokens)
        #expect(report.metrics["seen"] == 1)
        #expect(abs(report.loss - loss / Double(tokens)) < 1e-9)
        #expect(abs(report.metrics["log_probability_difference", default: 0] - difference / Double(tokens)) < 1e-9)
        #expect(abs(report.metrics["behavior_kl", default: 0] - divergence / Double(tokens)) < 1e-9)
        let entropy = try #require(report.metrics["entropy"])
        #expect(entropy > 0 && entropy < Foundation.log(53))
    }

    @Test("cross entropy learns a sequence by heart")
    func learns() async throws {
        let backend = try Self.backend()
        let tokens: [Int32] = [1, 5, 9, 13, 2, 7, 7, 3]
        let zeros = [Float](repeating: 0, count: 8)
        let sequence = TrainingSequence(
            tokens: tokens, mask: tokens.indices.map { $0 > 0 }, advantages: zeros,
            weights: [Float](repeating: 1, count: 8), behaviorLogProbabilities: zeros)
        var losses: [Double] = []
        for step in 0..<40 {
            let report = try await backend.forwardBackward(
                TrainingBatch(id: "\(step)", sequences: [sequence]), loss: LossFunction(objective: CrossEntropy()))
            #expect(report.metrics["log_probability_difference"] == nil)
            losses.append(report.loss)
            _ = try await backend.optimizerStep("\(step)", learningRate: 1e-2)
        }
        #expect(losses[0] > 2 && losses[39] < 0.1)
    }

    @Test("what would go wrong later is refused now")
    func refuses() async throws {
        let backend = try Self.backend()
        let loss = LossFunction(objective: PolicyGradient())
        let before = await backend.model().parameters.values.bits
        let one = [Float](repeating: 1, count: 3)
        func sequence(_ token: Int32, advantage: Float) -> TrainingBatch {
            TrainingBatch(
                id: "x",
                sequences: [
                    TrainingSequence(
                        tokens: [1, 2, token], mask: [false, false, true], advantages: [0, 0, advantage], weights: one,
                        behaviorLogProbabilities: one)
                ])
        }
        for token in [-1, 53] as [Int32] {
            await #expect(throws: WhetError.self) {
                try await backend.forwardBackward(sequence(token, advantage: 1), loss: loss)
            }
            await #expect(throws: WhetError.self) {
                try await backend.logProbabilities(of: sequence(token, advantage: 1).sequences)
            }
        }
        _ = try await backend.forwardBackward(sequence(3, advantage: .infinity), loss: loss)
        await #expect(throws: WhetError.self) { try await backend.optimizerStep("x", learningRate: 1) }
        #expect(await backend.model().parameters.values.bits == before)

        try await withTemporaryDirectory { directory in
            _ = try await backend.forwardBackward(sequence(3, advantage: 1), loss: loss)
            await #expect(throws: WhetError.self) { try await backend.save(to: directory.appending(path: "a")) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
            // A model without an optimizer's state is no checkpoint.
            try await backend.model().write(to: directory.appending(path: "b"))
            await #expect(throws: WhetError.self) { try await backend.load(from: directory.appending(path: "b")) }
            var other = try ModelConfiguration.odd()
            other.layers = 1
            let small = EmbeddedBackend(model: Model(configuration: other, seed: 1))
            try await small.save(to: directory.appending(path: "c"))
            await #expect(throws: WhetError.self) { try await backend.load(from: directory.appending(path: "c")) }
        }
    }

    @Test("nothing to train is no failure")
    func empty() async throws {
        let backend = try Self.backend()
        let before = await backend.model().parameters.values.bits
        let report = try await backend.forwardBackward(
            TrainingBatch(id: "none", sequences: []), loss: LossFunction(objective: PolicyGradient()))
        #expect(report.tokens == 0 && report.loss == 0)
        #expect(try await backend.logProbabilities(of: []).isEmpty)
        let lone = TrainingSequence(
            tokens: [1], mask: [false], advantages: [0], weights: [1], behaviorLogProbabilities: [0])
        #expect(try await backend.logProbabilities(of: [lone]) == [[0]])
        #expect(await backend.model().parameters.values.bits == before)
    }

    @Test("a batch is applied once, between two saves and after a load; a repeat is answered")
    func idempotent() async throws {
        let loss = LossFunction(objective: PolicyGradient())
        let batches = (0..<3).map { Self.batch(4, vocabulary: 53, seed: UInt64($0)) }
        @discardableResult
        func step(_ backend: EmbeddedBackend, _ batch: TrainingBatch) async throws -> (LossReport, OptimizerReport) {
            (
                try await backend.forwardBackward(batch, loss: loss),
                try await backend.optimizerStep(batch.id, learningRate: 1e-3)
            )
        }
        func repeats(_ backend: EmbeddedBackend, _ batch: TrainingBatch, _ told: (LossReport, OptimizerReport))
            async throws
        {
            let before = await backend.model().parameters.values.bits
            var (report, taken) = try await step(backend, batch)
            #expect(report.isRepeated && taken.isRepeated)
            (report.isRepeated, taken.isRepeated) = (false, false)
            #expect(report == told.0 && taken == told.1)
            #expect(await backend.gradients.allSatisfy { $0 == 0 })
            #expect(await backend.model().parameters.values.bits == before)
        }
        try await withTemporaryDirectory { directory in
            let first = try Self.backend()
            let report = try await first.forwardBackward(batches[0], loss: loss)
            let waiting = await first.gradients.map(\.bitPattern)
            #expect(try await first.forwardBackward(batches[0], loss: loss).isRepeated)
            #expect(await first.gradients.map(\.bitPattern) == waiting)
            let told = (report, try await first.optimizerStep(batches[0].id, learningRate: 1e-3))
            try await repeats(first, batches[0], told)
            try await first.save(to: directory.appending(path: "1"))
            try await repeats(first, batches[0], told)
            let next = try await step(first, batches[1])
            try await first.save(to: directory.appending(path: "2"))
            // Nothing goes back behind a save.
            #expect(try await !step(first, batches[0]).1.isRepeated)

            let second = try Self.backend(seed: 2)
            try await second.load(from: directory.appending(path: "1"))
            try await repeats(second, batches[0], told)
            #expect(try await step(second, batches[1]) == next)
            try await second.load(from: directory.appending(path: "2"))
            try await repeats(second, batches[1], next)
            #expect(try await !step(second, batches[2]).0.isRepeated)
        }
    }

    @Test("an export is the weights and no optimizer, while gradients wait")
    func exports() async throws {
        try await withTemporaryDirectory { directory in
            let backend = try Self.backend()
            try await Self.train(backend, steps: 0..<1)
            _ = try await backend.forwardBackward(
                Self.batch(3, vocabulary: 53, seed: 7), loss: LossFunction(objective: PolicyGradient()))
            let target = directory.appending(path: "export")
            #expect(try await backend.publish(to: target) == .directory(target))
            #expect(try Publication(directory: target) == .directory(target))
            let names = try FileManager.default.contentsOfDirectory(atPath: target.path)
            #expect(names.contains("model.safetensors") && !names.contains(EmbeddedBackend.optimizerFile))
            let model = await backend.model()
            #expect(try Model(directory: target).parameters.values.bits == model.parameters.values.bits)
            #expect(try await backend.optimizerStep("last", learningRate: 1e-3).gradientNorm ?? 0 > 0)
        }
    }

    @Test("what a killed save left goes with the next; what someone writes or a person made stays")
    func sweeps() async throws {
        try await withTemporaryDirectory { directory in
            let manager = FileManager.default
            let id = UUID().uuidString
            let dead = directory.appending(path: ".v000001.\(id).partial")
            let own = ["mine.partial", ".mine.partial", ".a.\(id)", "a.b.\(id).partial"].map {
                directory.appending(path: $0)
            }
            func leave() throws {
                try manager.createDirectory(at: dead, withIntermediateDirectories: true)
                try Data("half".utf8).write(to: dead.appending(path: "model.safetensors"))
            }
            for folder in own { try manager.createDirectory(at: folder, withIntermediateDirectories: true) }
            let target = directory.appending(path: "v000002")
            let backend = try Self.backend()
            try leave()
            try await backend.save(to: target)
            #expect(!manager.fileExists(atPath: dead.path))
            try leave()
            try await backend.load(from: target)
            #expect(!manager.fileExists(atPath: dead.path))

            // A writer in its midst keeps what it has.
            try WholeFiles.replaceDirectory(directory.appending(path: "slow")) { temporary in
                try Data("1".utf8).write(to: temporary.appending(path: "one"))
                WholeFiles.sweep(beside: target)
                #expect(manager.fileExists(atPath: temporary.appending(path: "one").path))
            }
            #expect(own.allSatisfy { manager.fileExists(atPath: $0.path) })
            let names = try manager.contentsOfDirectory(atPath: directory.path)
            #expect(Set(names) == Set(own.map(\.lastPathComponent) + ["v000002", "slow"]))
        }
    }
}
