import Foundation
import Testing
import WhetAlgorithms
import WhetCore
import WhetTestSupport

@testable import WhetBackends

@Suite("The backend of a trainer that is a program", .timeLimit(.minutes(2)))
struct ProgramBackendTests {
    private static let loss = LossDescription(.init("policy_gradient"), aggregation: .tokenSum)

    private func settings(_ fixture: TrainerFixture) -> ProgramBackend.Settings {
        ProgramBackend.Settings(
            command: ["/usr/bin/python3", "-S", TrainerFixture.script, fixture.fault, fixture.folder.path],
            model: URL(filePath: "/model"), exchange: fixture.exchange, log: fixture.log)
    }

    private static func sequence(_ tokens: [Int32], advantages: [Float], component: String? = nil) -> TrainingSequence {
        TrainingSequence(
            tokens: tokens, mask: tokens.indices.map { $0 > 0 }, advantages: advantages,
            weights: tokens.map { _ in 1 }, behaviorLogProbabilities: tokens.map { _ in 0 }, component: component)
    }

    @Test("reads what the trainer answers")
    func answers() async throws {
        try await TrainerFixture.with("none") { fixture in
            let backend = try await ProgramBackend(settings(fixture))
            #expect(backend.capabilities.name == "number" && backend.capabilities.precisions == ["fp32"])
            #expect(backend.capabilities.objectives == ["policy_gradient"] && backend.capabilities.components)
            #expect(backend.capabilities.publications == [.directory] && backend.capabilities.weights == [.full])
            #expect(try await backend.logProbabilities(of: []).isEmpty)
            let sequences = [
                Self.sequence([1, 2, 3], advantages: [9, 1, 2]), Self.sequence([], advantages: []),
                Self.sequence([4], advantages: [9]),
            ]
            let loss = try LossFunction(Self.loss)
            let report = try await backend.forwardBackward(TrainingBatch(id: "b", sequences: sequences), loss: loss)
            #expect(report.loss == 3 && report.tokens == 2 && !report.isRepeated)
            #expect(report.metrics["clip_fraction"] == 0.25 && report.metrics["ratio"]?.isNaN == true)
            let again = try await backend.forwardBackward(TrainingBatch(id: "b", sequences: sequences), loss: loss)
            #expect(again.isRepeated && again.loss == 3)
            let step = try await backend.optimizerStep("b", learningRate: 0.5)
            #expect(step.gradientNorm == 3 && !step.isRepeated)
            #expect(try await backend.optimizerStep("b", learningRate: 0.5).isRepeated)
            let found = try await backend.logProbabilities(of: sequences)
            #expect(found == [[0, -1.5, -1.5], [], [0]])
            let target = fixture.folder.appending(path: "published")
            #expect(try await backend.publish(to: target) == .directory(target))
            await backend.close()
        }
    }

    @Test("a component is sent under the number that the loss gives it")
    func components() async throws {
        try await TrainerFixture.with("none") { fixture in
            let backend = try await ProgramBackend(settings(fixture))
            var description = Self.loss
            description.components = [.init(name: "cross_entropy", objective: .init("cross_entropy"))]
            let loss = try LossFunction(description)
            let batch = TrainingBatch(
                id: "b", sequences: [Self.sequence([1, 2], advantages: [0, 1], component: "cross_entropy")])
            _ = try await backend.forwardBackward(batch, loss: loss)
            let file = fixture.exchange.appending(path: "1/batch.safetensors")
            #expect(try BatchFile.sequences(in: file, components: ["cross_entropy"])[0].component == "cross_entropy")
            // For log-probabilities there is no loss, and nothing to name.
            _ = try await backend.logProbabilities(of: batch.sequences)
            await backend.close()
        }
    }

    @Test("answers that are none are errors that say where to look", arguments: [
        ("no-loss", "lacks a member"), ("short", "not those that were asked for"), ("escape", "\"file\" is"),
    ])
    func nonsense(fault: String, words: String) async throws {
        try await TrainerFixture.with(fault) { fixture in
            let backend = try await ProgramBackend(settings(fixture))
            let batch = TrainingBatch(id: "b", sequences: [Self.sequence([1, 2], advantages: [0, 1])])
            let loss = try LossFunction(Self.loss)
            let error = await failure {
                if fault == "no-loss" {
                    _ = try await backend.forwardBackward(batch, loss: loss)
                } else {
                    _ = try await backend.logProbabilities(of: batch.sequences)
                }
            }
            #expect(error.problem.contains(words), "\(error)")
            await backend.close()
        }
    }

    @Test("what it does not train or compute in is refused before it loads anything")
    func refuses() async throws {
        try await TrainerFixture.with("none") { fixture in
            var lora = settings(fixture)
            lora.lora = ProgramBackend.LoRA()
            #expect(await failure { _ = try await ProgramBackend(lora) }.problem.contains("trains no LoRA adapters"))
            var half = settings(fixture)
            half.precision = "bf16"
            let refusal = await failure { _ = try await ProgramBackend(half) }
            #expect(refusal.problem.contains("does not compute in bfloat16"))
            var nothing = settings(fixture)
            nothing.command = []
            #expect(await failure { _ = try await ProgramBackend(nothing) }.problem.contains("command is empty"))
            #expect(!fixture.noted("requests").contains { $0.contains("load") })
        }
    }

    @Test("only a trainer that can look beneath its adapters is a reference")
    func reference() async throws {
        try await TrainerFixture.with("none") { fixture in
            let backend = try await ProgramBackend(settings(fixture))
            #expect(throws: WhetError.self) { try BaseReference(beneath: backend) }
            await backend.close()
        }
    }

    @Test("torchrun is asked for where there are several processes")
    func command() {
        #expect(TorchTrainer.command(python: "py") == ["py", "-m", "whet_torch"])
        #expect(
            TorchTrainer.command(python: "py", processes: 8) == [
                "py", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "8", "-m", "whet_torch",
            ])
    }
}

@Suite("The example of a trainer", .timeLimit(.minutes(2)))
struct ExampleTrainerTests {
    static let script = URL(filePath: #filePath).appending(path: "../../../../trainers/example/bigram_trainer.py")
        .standardizedFileURL.path

    /// A model of four tokens, as the example has it.
    private static func model(in folder: URL) throws -> (directory: URL, table: [Double]) {
        let table = (0..<16).map { Double($0 * 7 % 5) / 3 }
        let header = Safetensors.Header([.init("table", .float64, shape: [4, 4])])
        let directory = folder.appending(path: "model")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Data(header.bytes + table.withUnsafeBytes { Array($0) })
            .write(to: directory.appending(path: "table.safetensors"))
        return (directory, table)
    }

    private static func settings(_ model: URL, in folder: URL) -> ProgramBackend.Settings {
        // -S: with nothing but Python itself.
        ProgramBackend.Settings(
            command: ["/usr/bin/python3", "-S", script], model: model, exchange: folder.appending(path: "exchange"))
    }

    private static func sequence(_ advantages: [Float]) -> TrainingSequence {
        TrainingSequence(
            tokens: [0, 1, 3, 2], mask: [false, true, false, true], advantages: advantages, weights: [1, 2, 1, 1],
            behaviorLogProbabilities: [0, 0, 0, 0], temperature: 0.5, vote: 0.5)
    }

    @Test("computes what the formulas say, and goes on from what it saved")
    func trains() async throws {
        try await withTemporaryDirectory { folder in
            let (directory, table) = try Self.model(in: folder)
            let loss = try LossFunction(LossDescription(.init("policy_gradient"), aggregation: .tokenSum))
            let sequence = Self.sequence([0, 1, 0, -3])
            let expected = Self.expected(sequence, table, learningRate: 0.1)
            let backend = try await ProgramBackend(Self.settings(directory, in: folder))
            let before = try await backend.logProbabilities(of: [sequence])[0]
            for (found, right) in zip(before, expected.before) { #expect(abs(Double(found) - right) < 1e-5) }
            let batch = TrainingBatch(id: "b", sequences: [sequence])
            let report = try await backend.forwardBackward(batch, loss: loss)
            #expect(abs(report.loss - expected.loss) < 1e-6 && report.tokens == 2)
            let norm = try await backend.optimizerStep("b", learningRate: 0.1).gradientNorm
            #expect(abs((norm ?? 0) - expected.norm) < 1e-6)
            let after = try await backend.logProbabilities(of: [sequence])[0]
            for (found, right) in zip(after, expected.after) { #expect(abs(Double(found) - right) < 1e-5) }
            let saved = folder.appending(path: "saved")
            try await backend.save(to: saved)
            let other = try LossFunction(LossDescription(.init("cispo")))
            let refusal = await failure {
                _ = try await backend.forwardBackward(TrainingBatch(id: "c", sequences: [sequence]), loss: other)
            }
            #expect(refusal.problem == "this trainer knows policy_gradient with token-sum alone")
            await backend.close()

            let second = try await ProgramBackend(Self.settings(directory, in: folder))
            #expect(try await second.logProbabilities(of: [sequence])[0] == before)
            try await second.load(from: saved)
            #expect(try await second.logProbabilities(of: [sequence])[0] == after)
            #expect(try await second.forwardBackward(batch, loss: loss).isRepeated)
            #expect(try await second.optimizerStep("b", learningRate: 0.1).isRepeated)
            let published = folder.appending(path: "published")
            #expect(try await second.publish(to: published) == .directory(published))
            #expect(try FileManager.default.contentsOfDirectory(atPath: published.path) == ["table.safetensors"])
            await second.close()
        }
    }

    /// By the formulas: log-probabilities before and after a step of gradient descent, the loss, the gradient's norm.
    private static func expected(
        _ sequence: TrainingSequence, _ table: [Double], learningRate: Double
    ) -> (before: [Double], after: [Double], loss: Double, norm: Double) {
        let temperature = Double(sequence.temperature)
        func scores(_ table: [Double], _ place: Int) -> [Double] {
            let row = Int(sequence.tokens[place - 1]) * 4
            let logits = table[row..<row + 4].map { $0 / temperature }
            let total = log(logits.map(exp).reduce(0, +))
            return logits.map { $0 - total }
        }
        func all(_ table: [Double]) -> [Double] {
            [0] + (1..<4).map { scores(table, $0)[Int(sequence.tokens[$0])] }
        }
        var gradient = [Double](repeating: 0, count: 16)
        var loss = 0.0
        for place in 1..<4 where sequence.mask[place] {
            let credit = sequence.vote * Double(sequence.weights[place]) * Double(sequence.advantages[place])
            let own = scores(table, place)
            loss -= credit * own[Int(sequence.tokens[place])]
            for token in 0..<4 {
                let slope = (token == Int(sequence.tokens[place]) ? 1 : 0) - exp(own[token])
                gradient[Int(sequence.tokens[place - 1]) * 4 + token] -= credit * slope / temperature
            }
        }
        let stepped = zip(table, gradient).map { $0 - learningRate * $1 }
        return (all(table), all(stepped), loss, gradient.reduce(0) { $0 + $1 * $1 }.squareRoot())
    }

    @Test("has no more than forty lines of code")
    func isShort() throws {
        let text = try String(contentsOfFile: Self.script, encoding: .utf8)
        let code = text.components(separatedBy: "\"\"\"").last ?? ""
        #expect(code.split(separator: "\n").count <= 40)
    }
}
