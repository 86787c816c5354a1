import Foundation
import Synchronization
import Testing
import WhetAlgorithms
import WhetBackends
import WhetCore
import WhetStore

@testable import WhetTraining

/// Keeps every batch that a run hands to its trainer.
final class BatchWatch: Sendable {
    private let batches = Mutex<[String: [TrainingSequence]]>([:])
    var all: [String: [TrainingSequence]] { batches.withLock { $0 } }
    func note(_ batch: TrainingBatch) { batches.withLock { $0[batch.id] = batch.sequences } }
}

/// A trainer whose batches somebody looks at.
struct WatchedBackend: TrainerBackend {
    let base: any TrainerBackend
    let watch: BatchWatch

    var capabilities: TrainerCapabilities { base.capabilities }

    func logProbabilities(of sequences: [TrainingSequence]) async throws -> [[Float]] {
        try await base.logProbabilities(of: sequences)
    }

    func forwardBackward(_ batch: TrainingBatch, loss: LossFunction) async throws -> LossReport {
        watch.note(batch)
        return try await base.forwardBackward(batch, loss: loss)
    }

    func optimizerStep(_ id: String, learningRate: Double) async throws -> OptimizerReport {
        try await base.optimizerStep(id, learningRate: learningRate)
    }

    func save(to directory: URL) async throws { try await base.save(to: directory) }
    func publish(to directory: URL) async throws -> Publication { try await base.publish(to: directory) }
    func load(from directory: URL) async throws { try await base.load(from: directory) }
}

@Suite("whet rollouts export --format tokens")
struct StepBatchesTests {
    /// Which of a run's batches are not warm-up.
    private func trained(_ watch: BatchWatch) -> [String: [TrainingSequence]] {
        watch.all.filter { $0.key.hasPrefix("\(TinyRun.id)-") && $0.key.split(separator: "-").count == 3 }
            .filter { Int($0.key.split(separator: "-")[1]) != nil }
    }

    @Test(
        "are the batches that the trainer got, to the bit",
        arguments: [
            [], ["algorithm=dr_grpo"], ["algorithm=reinforce_plus_plus"], ["algorithm=dapo"],
            ["algorithm=spo", "rollout.groups_per_step=12", "rollout.group_size=1"],
            ["algorithm=remax", "rollout.group_size=2"],
            [
                "rollout.scheduling.mode=asynchronous", "rollout.scheduling.maximum_staleness=0",
                "rollout.scheduling.excess=mask", "inference.concurrency=36",
            ],
        ])
    func same(settings: [String]) async throws {
        let run = try TinyRun(settings: settings, scoring: .words)
        defer { run.remove() }
        let watch = BatchWatch()
        try await run.train(watching: watch)
        let store = try run.store()
        var batches = try await StepBatches(of: TinyRun.id, recipe: run.recipe, store: store)
        var found: [String: [TrainingSequence]] = [:]
        var steps: [Int] = []
        while let step = try await batches.next() {
            steps += Set(step.map(\.step))
            for batch in step {
                found[batch.batch.id] = batch.batch.sequences
                #expect(batch.rollouts.count == batch.batch.sequences.count && batch.learningRate > 0)
            }
        }
        let trained = trained(watch)
        #expect(!trained.isEmpty && Set(found.keys) == Set(trained.keys))
        for (id, sequences) in trained { #expect(found[id]?.map(\.bits) == sequences.map(\.bits), "\(id)") }
        #expect(steps == steps.sorted())

        // Some steps alone are the same.
        var some = try await StepBatches(of: TinyRun.id, recipe: run.recipe, store: store, steps: 2...3)
        while let step = try await some.next() {
            for batch in step {
                #expect((2...3).contains(batch.step))
                #expect(batch.batch.sequences.map(\.bits) == found[batch.batch.id]?.map(\.bits))
            }
        }
        try await store.close()
    }

    @Test("of rollouts of several conversations share their votes")
    func siblings() async throws {
        let run = try TinyRun(
            settings: ["algorithm=dr_grpo"], scoring: .words, agents: SeveralConversations())
        defer { run.remove() }
        let watch = BatchWatch()
        try await run.train(watching: watch)
        let store = try run.store()
        var batches = try await StepBatches(of: TinyRun.id, recipe: run.recipe, store: store)
        let trained = trained(watch)
        var count = 0
        while let step = try await batches.next() {
            for batch in step {
                #expect(trained[batch.batch.id]?.map(\.bits) == batch.batch.sequences.map(\.bits))
                #expect(Set(batch.rollouts).count < batch.rollouts.count)
                count += 1
            }
        }
        #expect(count == trained.count && count > 0)
        try await store.close()
    }

    @Test(
        "are refused where they followed from what no store holds",
        arguments: [
            (["algorithm={name: grpo, importance_sampling: token}"], "log-probabilities"),
            (["replay.groups_per_step=1"], "without replay"),
            (["algorithm={name: grpo, kl_coefficient: 0.1, kl_in: reward}"], "KL penalty"),
        ])
    func refusals(settings: [String], words: String) async throws {
        let run = try TinyRun(settings: settings)
        defer { run.remove() }
        let store = try WhetHome(directory: run.folder).openStore()
        try await store.begin(RunRecord(id: TinyRun.id, recipe: run.recipe.json.text(), build: "test", seed: 7))
        let error = await #expect(throws: WhetError.self) {
            _ = try await StepBatches(of: TinyRun.id, recipe: run.recipe, store: store)
        }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        let plain = try TinyRun()
        defer { plain.remove() }
        let empty = await #expect(throws: WhetError.self) {
            _ = try await StepBatches(of: TinyRun.id, recipe: plain.recipe, store: store)
        }
        #expect(empty?.problem.contains("no training steps") == true)
        try await store.close()
    }

    @Test("lie in a folder that is there whole, and replaces only what is one")
    func folder() async throws {
        let run = try TinyRun(scoring: .words)
        defer { run.remove() }
        try await run.train()
        let store = try run.store()
        let directory = run.folder.appending(path: "batches")
        func export(replaces: Bool = false) async throws -> BatchFolder.Amount {
            let folder = try BatchFolder(directory, replaces: replaces)
            return try await folder.write(
                try await StepBatches(of: TinyRun.id, recipe: run.recipe, store: store), of: TinyRun.id)
        }
        let amount = try await export()
        let manifest = try JSONValue(parsing: Data(contentsOf: directory.appending(path: "export.json")))
        let entries = try #require(manifest["batches"]?.array)
        #expect(entries.count == amount.batches && amount.batches == 10)
        var batches = try await StepBatches(of: TinyRun.id, recipe: run.recipe, store: store)
        let made = try #require(try await batches.next())
        for (entry, batch) in zip(entries, made) {
            let own = directory.appending(path: try #require(entry["directory"]?.string))
            let read = try BatchFile.sequences(in: own.appending(path: "batch.safetensors"))
            #expect(read.map(\.bits) == batch.batch.sequences.map(\.bits))
            let told = try JSONValue(parsing: Data(contentsOf: own.appending(path: "batch.json")))
            #expect(told["batch"]?.string == batch.batch.id && told["loss"] == manifest["loss"])
            #expect(told["rollouts"]?.array?.compactMap(\.string) == batch.rollouts.map(\.description))
            #expect(told["loss"]?["objective"]?.string == "ppo_clip")
        }
        await #expect(throws: WhetError.self) { try await export() }
        #expect(try await export(replaces: true) == amount)
        try FileManager.default.removeItem(at: directory.appending(path: "export.json"))
        await #expect(throws: WhetError.self) { try await export(replaces: true) }
        let left = try FileManager.default.contentsOfDirectory(atPath: run.folder.path)
        #expect(left.filter { $0.hasSuffix(".partial") }.isEmpty)
        try await store.close()
    }
}

extension TrainingSequence {
    /// Everything of it, numbers by their bits.
    fileprivate var bits: [String] {
        func bits(_ numbers: [Float]) -> String { "\(numbers.map(\.bitPattern))" }
        return [
            "\(tokens)", "\(mask)", bits(advantages), bits(weights), bits(behaviorLogProbabilities),
            referenceLogProbabilities.map(bits) ?? "nil", component ?? "nil", "\(temperature)", "\(vote)",
        ]
    }
}
