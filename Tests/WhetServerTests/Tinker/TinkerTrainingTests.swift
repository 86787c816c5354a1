import Foundation
import Testing
import WhetBackends
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetAlgorithms
@testable import WhetEngine
@testable import WhetServer

@Suite("Tinker: training", .timeLimit(.minutes(3)))
struct TinkerTrainingTests {
    static let adam = AdamW.Settings(beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, clipNorm: 1)
    static let adamJSON: JSONValue = [
        "learning_rate": 0.001, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0, "grad_clip_norm": 1,
    ]

    static func backend() throws -> EmbeddedBackend {
        EmbeddedBackend(model: try Model(directory: FixtureFolders.qwen3), settings: .init(threads: 1))
    }

    /// The datum as the engine's own protocol has it: a sequence whose first token nothing predicts.
    static func sequence(_ datum: WireDatum) -> TrainingSequence {
        let zero: [Float] = [0]
        func floats(_ numbers: [Double]?, _ otherwise: Float) -> [Float] {
            zero + (numbers?.map(Float.init) ?? datum.inputs.map { _ in otherwise })
        }
        let weights = floats(datum.weights, 1)
        return TrainingSequence(
            tokens: datum.tokens, mask: [false] + weights.dropFirst().map { $0 != 0 },
            advantages: floats(datum.advantages, 0), weights: weights,
            behaviorLogProbabilities: floats(datum.behavior, 0))
    }

    static let losses: [(name: String, config: JSONValue, loss: LossFunction)] = [
        ("cross_entropy", .null, LossFunction(objective: CrossEntropy(), aggregation: .tokenSum)),
        (
            "importance_sampling", .null,
            LossFunction(objective: PPOClip(clipLow: 1, clipHigh: nil, dualClip: nil), aggregation: .tokenSum)
        ),
        (
            "ppo", ["clip_low_threshold": 0.7, "clip_high_threshold": 1.3],
            LossFunction(objective: PPOClip(clipLow: 0.3, clipHigh: 0.3, dualClip: nil), aggregation: .tokenSum)
        ),
        (
            "cispo", ["clip_low_threshold": 0.5, "clip_high_threshold": 1.5],
            {
                var objective = CISPO()
                (objective.clipLow, objective.clipHigh) = (0.5, 0.5)
                return LossFunction(objective: objective, aggregation: .tokenSum)
            }()
        ),
        (
            "gspo", ["clip_low_threshold": 0.9, "clip_high_threshold": 1.1],
            {
                var objective = GSPO()
                (objective.clipLow, objective.clipHigh) = (0.1, 0.1)
                return LossFunction(objective: objective, aggregation: .tokenSum)
            }()
        ),
    ]

    @Test("losses, log-probabilities and gradients are those of the embedded backend", arguments: 0..<5)
    func equalsBackend(index: Int) async throws {
        let (name, config, loss) = Self.losses[index]
        var data = (0..<3).map { WireDatum.random(9 + 5 * $0, seed: UInt64(index * 10 + $0)) }
        data[1].weights?[3] = 0
        if name == "cross_entropy" { data = data.map(\.supervised) }
        let sequences = data.map(Self.sequence)
        let backend = try Self.backend()
        let before = try await backend.logProbabilities(of: sequences)
        let report = try await backend.forwardBackward(TrainingBatch(id: "a", sequences: sequences), loss: loss)
        let gradient = await backend.gradients
        let norm = try #require(
            try await backend.optimizerStep(learningRate: 0.001, settings: Self.adam).gradientNorm)
        let after = try await backend.logProbabilities(of: sequences)
        #expect(gradient.contains { $0 != 0 })

        try await TestTinker.serving { server in
            let (_, model) = try await server.model()
            let forward = try await server.result(
                "forward", WireDatum.call(model, data, loss: name, config: config, number: 1, key: "forward_input"))
            let reply = try await server.result(
                "forward_backward", WireDatum.call(model, data, loss: name, config: config, number: 2))
            #expect(forward["loss_fn_outputs"] == reply["loss_fn_outputs"])
            let outputs = try #require(reply["loss_fn_outputs"]?.array)
            #expect(outputs.count == data.count)
            for (output, expected) in zip(outputs, before) {
                let found = try #require(output["logprobs"]).numbers.map(Float.init)
                #expect(found.map(\.bitPattern) == expected.dropFirst().map(\.bitPattern))
                #expect(output["logprobs"]?["shape"] == [.integer(expected.count - 1)])
            }
            let sum = outputs.flatMap { $0["elementwise_loss"]?.numbers ?? [] }.reduce(0, +)
            #expect(abs(sum - report.loss) < 1e-4 * abs(report.loss))
            #expect(abs(try #require(reply["metrics"]?["loss:sum"]?.double) - report.loss) < 1e-6 * abs(report.loss))
            #expect(reply["metrics"]?["tokens:sum"]?.integer == report.tokens)

            let step = try await server.result(
                "optim_step", ["model_id": model, "seq_id": 3, "adam_params": Self.adamJSON])
            #expect(abs(try #require(step["metrics"]?["grad_norm"]?.double) - norm) < 1e-5 * norm)
            let later = try await server.result(
                "forward", WireDatum.call(model, data, loss: name, config: config, number: 4, key: "forward_input"))
            for (output, expected) in zip(later["loss_fn_outputs"]?.array ?? [], after) {
                for (found, expected) in zip(output["logprobs"]?.numbers ?? [], expected.dropFirst()) {
                    #expect(abs(found - Double(expected)) < 1e-4)
                }
            }
        }
    }

    @Test("targets need not be the tokens that follow")
    func arbitraryTargets() async throws {
        var datum = WireDatum.random(6, seed: 1).supervised
        datum.targets = [0, 5, 639, 7, 0, 3]
        let backend = try Self.backend()
        try await TestTinker.serving { server in
            let (_, model) = try await server.model()
            let reply = try await server.result(
                "forward", WireDatum.call(model, [datum], loss: "cross_entropy", key: "forward_input"))
            let found = try #require(reply["loss_fn_outputs"]?[0]?["logprobs"]).numbers
            for place in datum.inputs.indices {
                let tokens = datum.inputs[...place] + [datum.expected[place]]
                let sequence = Self.sequence(WireDatum(tokens: Array(tokens)))
                let expected = try await backend.logProbabilities(of: [sequence])[0]
                #expect(abs(found[place] - Double(expected[place + 1])) < 1e-5)
            }
        }
    }

    @Test("gradients add up until the step, in the order of the calls' numbers")
    func order() async throws {
        let data = (0..<4).map { WireDatum.random(8, seed: UInt64($0)).supervised }
        var settings = TinkerService.Settings()
        settings.retrievalPatience = .milliseconds(100)
        try await TestTinker.serving(settings) { server in
            func norm(_ session: Int, _ calls: (JSONValue) async throws -> JSONValue) async throws -> Double {
                let (_, model) = try await server.model()
                let step = try await server.settled(try await calls(model))
                return try #require(step["metrics"]?["grad_norm"]?.double, "\(step.text())")
            }
            let one = try await norm(0) { model in
                _ = try await server.ask(
                    "forward_backward", WireDatum.call(model, data, loss: "cross_entropy", number: 1))
                return try await server.ask(
                    "optim_step", ["model_id": model, "seq_id": 2, "adam_params": Self.adamJSON])
            }
            // The step is sent first, the first piece last: as the SDK does, whose pieces race each other.
            let many = try await norm(1) { model in
                let step = try await server.ask(
                    "optim_step", ["model_id": model, "seq_id": 4, "adam_params": Self.adamJSON])
                let early = try await server.post("retrieve_future", ["request_id": step["request_id"] ?? .null])
                #expect(early.status == 408)
                #expect(early.json["type"] == "try_again")
                for number in [3, 2, 1] {
                    let pieces = number == 3 ? Array(data[2...]) : [data[number - 1]]
                    _ = try await server.ask(
                        "forward_backward", WireDatum.call(model, pieces, loss: "cross_entropy", number: number))
                }
                return step
            }
            #expect(abs(one - many) < 1e-5 * one)
        }
    }

    @Test("a call that is sent again is carried out once")
    func repeated() async throws {
        let data = [WireDatum.random(8, seed: 3).supervised]
        try await TestTinker.serving { server in
            let (session, model) = try await server.model()
            let body = WireDatum.call(model, data, loss: "cross_entropy", number: 1)
            let first = try await server.ask("forward_backward", body)
            #expect(try await server.ask("forward_backward", body) == first)
            let step: JSONValue = ["model_id": model, "seq_id": 2, "adam_params": Self.adamJSON]
            let single = try await server.result("optim_step", step)
            #expect(try await server.result("optim_step", step) == single)
            let other = try await server.post(
                "optim_step", ["model_id": model, "seq_id": 2, "adam_params": ["learning_rate": 1]])
            #expect(other.status == 400)
            let create: JSONValue = ["session_id": session, "model_seq_id": 0, "base_model": "base"]
            #expect(try await server.post("create_model", create).status == 400)

            let (_, fresh) = try await server.model()
            _ = try await server.ask(
                "forward_backward", WireDatum.call(fresh, data, loss: "cross_entropy", number: 1))
            let reference = try await server.result(
                "optim_step", ["model_id": fresh, "seq_id": 2, "adam_params": Self.adamJSON])
            #expect(reference["metrics"] == single["metrics"])
        }
    }

    @Test("each step has its own settings")
    func settings() async throws {
        let data = [WireDatum.random(12, seed: 5).supervised]
        let backend = try Self.backend()
        let sequences = data.map(Self.sequence)
        let loss = LossFunction(objective: CrossEntropy(), aggregation: .tokenSum)
        try await TestTinker.serving { server in
            let (_, model) = try await server.model()
            for (step, decay) in [0.0, 0.3, 0.1].enumerated() {
                _ = try await backend.forwardBackward(TrainingBatch(id: "\(step)", sequences: sequences), loss: loss)
                var adam = Self.adam
                (adam.weightDecay, adam.beta1, adam.clipNorm) = (Float(decay), 0.5 + Float(step) / 10, nil)
                _ = try await backend.optimizerStep(learningRate: 0.01, settings: adam)
                _ = try await server.result(
                    "forward_backward", WireDatum.call(model, data, loss: "cross_entropy"))
                _ = try await server.result(
                    "optim_step",
                    [
                        "model_id": model,
                        "adam_params": [
                            "learning_rate": 0.01, "beta1": .number(0.5 + Double(step) / 10), "beta2": 0.95,
                            "eps": 1e-8, "weight_decay": .number(decay),
                        ],
                    ])
            }
            let reply = try await server.result(
                "forward", WireDatum.call(model, data, loss: "cross_entropy", key: "forward_input"))
            let expected = try await backend.logProbabilities(of: sequences)[0].dropFirst()
            for (found, expected) in zip(reply["loss_fn_outputs"]?[0]?["logprobs"]?.numbers ?? [], expected) {
                #expect(abs(found - Double(expected)) < 1e-4)
            }
        }
    }

    @Test("a small supervised training lowers the loss")
    func supervised() async throws {
        let data = (0..<4).map { WireDatum.random(16, seed: UInt64(70 + $0)).supervised }
        try await TestTinker.serving { server in
            let (_, model) = try await server.model()
            var losses: [Double] = []
            for step in 0..<12 {
                let pass = try await server.ask(
                    "forward_backward", WireDatum.call(model, data, loss: "cross_entropy", number: 2 * step + 1))
                let update = try await server.ask(
                    "optim_step",
                    ["model_id": model, "seq_id": .integer(2 * step + 2), "adam_params": ["learning_rate": 0.01]])
                losses.append(try #require(try await server.settled(pass)["metrics"]?["loss:sum"]?.double))
                _ = try await server.settled(update)
            }
            #expect(losses[11] < 0.5 * losses[0], "\(losses)")
        }
    }

    @Test(
        "saving, loading and going on equals going on; without the optimizer it begins anew", arguments: [true, false])
    func resumes(optimizer: Bool) async throws {
        let data = [WireDatum.random(12, seed: 8).supervised]
        try await TestTinker.serving { server in
            func train(_ model: JSONValue, _ steps: Int) async throws {
                for _ in 0..<steps {
                    _ = try await server.result(
                        "forward_backward", WireDatum.call(model, data, loss: "cross_entropy"))
                    _ = try await server.result("optim_step", ["model_id": model, "adam_params": Self.adamJSON])
                }
            }
            func scored(_ model: JSONValue) async throws -> JSONValue? {
                try await server.result(
                    "forward", WireDatum.call(model, data, loss: "cross_entropy", key: "forward_input"))[
                        "loss_fn_outputs"]
            }
            let (_, whole) = try await server.model()
            try await train(whole, 2)
            let saved = try await server.result("save_weights", ["model_id": whole, "path": "two"])
            let path = try #require(saved["path"])
            #expect(path.string == "tinker://\(whole.string ?? "")/weights/two")
            let info = try await server.ask("weights_info", ["tinker_path": path])
            #expect(info == ["base_model": "base", "is_lora": false, "lora_rank": 8])

            let (_, half) = try await server.model()
            _ = try await server.result(
                "load_weights", ["model_id": half, "path": path, "optimizer": .bool(optimizer)])
            let loaded = try await scored(half)
            #expect(loaded == (try await scored(whole)))
            try await train(whole, 2)
            try await train(half, 2)
            let (going, resumed) = (try await scored(whole), try await scored(half))
            #expect((going == resumed) == optimizer)
        }
    }
}
