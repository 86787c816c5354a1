import Foundation
import Testing
import WhetAlgorithms
import WhetCore
import WhetHTTP
import WhetTestSupport
import WhetTinker

@testable import WhetBackends

@Suite("Tinker backend")
struct TinkerBackendTests {
    private let client: HTTPClient

    init() throws { client = try HTTPClient() }

    @Test("what a service does differently is found out", arguments: TinkerConformanceTests.Service.allCases)
    func traits(service: TinkerConformanceTests.Service) async throws {
        let settings = service.settings
        let canned = try CannedTinker(settings)
        let backend = try await canned.backend(client: client)
        #expect(
            backend.traits
                == TinkerTraits(
                    dividesByWeights: settings.dividesByWeights, dividesBySequences: settings.dividesBySequences,
                    clipsGradients: settings.clipsGradients, recognizesRepeats: settings.recognizesRepeats,
                    losses: settings.losses.subtracting(["cross_entropy"])))
        #expect(backend.capabilities.gradientClipping == settings.clipsGradients)
        #expect(canned.loadedModels == 0)
    }

    @Test("a service that tells no norm is taken at its word")
    func withoutNorms() async throws {
        var settings = CannedTinker.Settings()
        settings.tellsNorms = false
        let canned = try CannedTinker(settings)
        let backend = try await canned.backend(client: client)
        #expect(backend.traits == TinkerTraits())
        _ = try await backend.forwardBackward(batch("1"), loss: ppo())
        #expect(try await backend.optimizerStep("1", learningRate: 1e-2).gradientNorm == nil)
    }

    @Test("PPO without a dual clip is the service's own, which saves a pass; with one, its slopes are sent")
    func exactLosses() async throws {
        let canned = try CannedTinker()
        let backend = try await canned.backend(client: client, traits: TinkerTraits())
        _ = try await backend.forwardBackward(batch("1"), loss: ppo())
        #expect(canned.count("forward") == 0)
        let own = try #require(canned.server.requests.last { $0.path.hasSuffix("forward_backward") }).text
        #expect(own.contains(#""loss_fn":"ppo","loss_fn_config":{"clip_high_threshold":1.2,"clip_low_threshold":0.8}"#))
        _ = try await backend.forwardBackward(batch("2"), loss: ppo(dualClip: 3))
        #expect(canned.count("forward") == 1)
        let slopes = try #require(canned.server.requests.last { $0.path.hasSuffix("forward_backward") }).text
        #expect(slopes.contains(#""loss_fn":"cross_entropy""#))
    }

    @Test("gradients are clipped by the service")
    func clipping() async throws {
        let canned = try CannedTinker()
        let backend = try await canned.backend(client: client, clipNorm: 1e-3)
        let right = BigramTrainer(clipNorm: 1e-3)
        for trainer in [backend, right] as [any TrainerBackend] {
            _ = try await trainer.forwardBackward(batch("1"), loss: ppo())
            let report = try await trainer.optimizerStep("1", learningRate: 1e-2)
            #expect(try #require(report.gradientNorm) > 1e-3)
        }
        let found = try await backend.logProbabilities(of: sequences()).flatMap(\.self)
        for (found, right) in zip(found, try await right.logProbabilities(of: sequences()).flatMap(\.self)) {
            #expect(abs(found - right) < 1e-4)
        }
    }

    @Test("a service that does not clip is not asked to")
    func noClipping() async throws {
        let canned = try CannedTinker(.skyRL)
        let backend = try await canned.backend(client: client, clipNorm: 1)
        _ = try await backend.forwardBackward(batch("1"), loss: ppo())
        await #expect(throws: WhetError.self) { try await backend.optimizerStep("1", learningRate: 1e-2) }
    }

    @Test("other temperatures, entropy and strange tokens are refused before anything is sent")
    func refusals() async throws {
        let canned = try CannedTinker()
        let backend = try await canned.backend(client: client, traits: TinkerTraits())
        let warm = TrainingSequence(
            tokens: [1, 2], mask: [false, true], advantages: [0, 1], weights: [1, 1],
            behaviorLogProbabilities: [0, -1], temperature: 0.7)
        let strange = TrainingSequence(
            tokens: [1, 99], mask: [false, true], advantages: [0, 1], weights: [1, 1], behaviorLogProbabilities: [0, -1])
        var entropy = try ppo().description
        entropy.entropyBonus = 0.1
        await #expect(throws: WhetError.self) { try await backend.forwardBackward(batch("1", [warm]), loss: ppo()) }
        await #expect(throws: WhetError.self) { try await backend.forwardBackward(batch("1", [strange]), loss: ppo()) }
        await #expect(throws: WhetError.self) { try await backend.logProbabilities(of: [warm]) }
        let loss = try LossFunction(entropy)
        await #expect(throws: WhetError.self) { try await backend.forwardBackward(batch("1"), loss: loss) }
        #expect(canned.count("create_model") == 0)
    }

    // MARK: Lost answers

    @Test("what a service recognizes is sent again, and done once", arguments: ["forward_backward", "optim_step"])
    func repeatedRequests(route: String) async throws {
        let canned = try CannedTinker(lose: { $0 == route && $1 == 0 })
        let backend = try await canned.backend(client: client, traits: TinkerTraits())
        let right = BigramTrainer()
        for trainer in [backend, right] as [any TrainerBackend] {
            _ = try await trainer.forwardBackward(batch("1"), loss: ppo())
            _ = try await trainer.optimizerStep("1", learningRate: 1e-2)
        }
        #expect(canned.count(route) == 2)
        #expect(canned.steps == 1)
        let weights = await right.bigram.weights
        for (found, right) in zip(try #require(canned.model).weights, weights) { #expect(abs(found - right) < 1e-6) }
    }

    @Test("a gradient that may be there twice is thrown away, and the next one is right")
    func lostGradient() async throws {
        let canned = try CannedTinker(.skyRL, lose: { $0 == "forward_backward" && $1 == 0 })
        let backend = try await canned.backend(
            client: client,
            traits: TinkerTraits(
                dividesByWeights: true, dividesBySequences: false, clipsGradients: false, recognizesRepeats: false))
        // A service that divides by sequences is asked at the step; this one is asked at once.
        let right = BigramTrainer()
        await #expect(throws: WhetError.self) { try await backend.forwardBackward(batch("1"), loss: ppo()) }
        #expect(canned.count("forward_backward") == 1)
        for trainer in [backend, right] as [any TrainerBackend] {
            let report = try await trainer.forwardBackward(batch("1"), loss: ppo())
            #expect(!report.isRepeated)
        }
        #expect(canned.count("load_weights") == 1)
        #expect(canned.loadedModels == 1)
    }

    @Test("a step that may have been taken is not taken again: only a checkpoint helps")
    func lostStep() async throws {
        try await withTemporaryDirectory { folder in
            let canned = try CannedTinker(.skyRL, lose: { $0 == "optim_step" && $1 == 4 })
            let backend = try await canned.backend(client: client)
            let checkpoint = folder.appending(path: "v1")
            _ = try await backend.forwardBackward(batch("1"), loss: ppo())
            _ = try await backend.optimizerStep("1", learningRate: 1e-2)
            try await backend.save(to: checkpoint)
            _ = try await backend.forwardBackward(batch("2", sequences(seed: 2)), loss: ppo())
            let error = await #expect(throws: WhetError.self) {
                try await backend.optimizerStep("2", learningRate: 1e-2)
            }
            #expect(error?.description.contains("last checkpoint") == true)
            await #expect(throws: WhetError.self) { try await backend.logProbabilities(of: sequences()) }
            await #expect(throws: WhetError.self) { try await backend.save(to: checkpoint) }
            try await backend.load(from: checkpoint)
            #expect(try await backend.forwardBackward(batch("1"), loss: ppo()).isRepeated)
            #expect(try await !backend.forwardBackward(batch("2", sequences(seed: 2)), loss: ppo()).isRepeated)
            _ = try await backend.optimizerStep("2", learningRate: 1e-2)
        }
    }

    @Test("a service that was started again is told of, and a checkpoint goes on")
    func restart() async throws {
        try await withTemporaryDirectory { folder in
            let canned = try CannedTinker()
            let backend = try await canned.backend(client: client)
            let checkpoint = folder.appending(path: "v1")
            _ = try await backend.forwardBackward(batch("1"), loss: ppo())
            _ = try await backend.optimizerStep("1", learningRate: 1e-2)
            try await backend.save(to: checkpoint)
            let before = try await backend.logProbabilities(of: sequences())
            canned.restart()
            let error = await #expect(throws: WhetError.self) {
                try await backend.logProbabilities(of: sequences())
            }
            #expect(error?.description.contains("lost") == true || error?.description.contains("not found") == true)
            try await backend.load(from: checkpoint)
            #expect(try await backend.logProbabilities(of: sequences()) == before)
            // Its weights can be sampled from again.
            guard case .remote(let policy) = try Publication(directory: checkpoint) else {
                Issue.record("a checkpoint is a publication")
                return
            }
            #expect(policy.path.contains("sampler_weights"))
        }
    }

    @Test("a failed checkpoint leaves what was there", arguments: ["save_weights", "save_weights_for_sampler"])
    func failedSave(route: String) async throws {
        try await withTemporaryDirectory { folder in
            let canned = try CannedTinker(
                intercept: { $0 == route && $1 == 1 ? .json(#"{"detail":"the disk is full"}"#, status: 400) : nil })
            let backend = try await canned.backend(client: client, traits: TinkerTraits())
            let checkpoint = folder.appending(path: "v1")
            try await backend.save(to: checkpoint)
            let before = try Data(contentsOf: checkpoint.appending(path: "remote.json"))
            let error = await #expect(throws: WhetError.self) { try await backend.save(to: checkpoint) }
            #expect(error?.description.contains("the disk is full") == true)
            #expect(try Data(contentsOf: checkpoint.appending(path: "remote.json")) == before)
            #expect(try FileManager.default.contentsOfDirectory(atPath: checkpoint.path) == ["remote.json"])
        }
    }

    @Test(
        "a file that is no checkpoint is refused",
        arguments: [
            "", "[]", "{}", #"{"service":"s","path":"p","base_model":"canned"}"#,
            #"{"service":"s","path":"p","base_model":"canned","checkpoint":{"path":"x","rank":4,"step":-1}}"#,
            #"{"service":"s","path":"p","base_model":"other","checkpoint":{"path":"x","rank":4,"step":1}}"#,
            #"{"service":"s","path":"p","base_model":"canned","checkpoint":{"path":"x","rank":8,"step":1}}"#,
            #"{"service":"s","path":"p","base_model":"canned","checkpoint":{"path":"x","rank":4,"step":1}}"#,
            #"{"service":"s","path":"p","base_model":"canned","checkpoint":{"path":"x","rank":4,"step":1,"applied_batches":3}}"#,
        ])
    func brokenCheckpoints(text: String) async throws {
        try await withTemporaryDirectory { folder in
            try Data(text.utf8).write(to: folder.appending(path: "remote.json"))
            let canned = try CannedTinker()
            let backend = try await canned.backend(client: client, traits: TinkerTraits())
            await #expect(throws: WhetError.self) { try await backend.load(from: folder) }
        }
    }

    // MARK: Connecting

    @Test("a base model that is not there is refused with those that are")
    func baseModel() async throws {
        let canned = try CannedTinker()
        var settings = TinkerBackend.Settings(url: canned.url, baseModel: "caned", connection: .quick)
        let error = await #expect(throws: WhetError.self) {
            try await TinkerBackend.connect(settings, client: client)
        }
        #expect(error?.suggestion == "canned")
        var several = CannedTinker.Settings()
        several.models = ["one", "two"]
        settings.baseModel = nil
        settings.url = try CannedTinker(several).url
    }

    @Test("the key comes from its variable, is sent, and is not shown")
    func key() async throws {
        var service = CannedTinker.Settings()
        service.key = ProcessInfo.processInfo.environment["PATH"]
        let canned = try CannedTinker(service)
        var settings = TinkerBackend.Settings(
            url: canned.url, keyVariable: "PATH", connection: .quick, traits: TinkerTraits())
        let backend = try await TinkerBackend.connect(settings, client: client)
        _ = try await backend.logProbabilities(of: sequences())
        settings.keyVariable = "HOME"
        let error = await #expect(throws: WhetError.self) {
            try await TinkerBackend.connect(settings, client: client)
        }
        #expect(error?.description.contains("Invalid API key") == true)
        #expect(error?.description.contains(ProcessInfo.processInfo.environment["HOME"] ?? "?") == false)
        settings.keyVariable = "WHET_THERE_IS_NO_SUCH_VARIABLE"
        await #expect(throws: WhetError.self) { try await TinkerBackend.connect(settings, client: client) }
    }

    @Test("what is no Tinker service is no backend", arguments: [
        CannedReply.status(404), .json("{}"), .json("[1]"), .json(#"{"supported_models":[]}"#), .status(200, body: "<html>"),
    ])
    func otherServers(reply: CannedReply) async throws {
        let server = try CannedServer(replies: reply)
        let settings = TinkerBackend.Settings(url: server.url, connection: .quick)
        await #expect(throws: WhetError.self) { try await TinkerBackend.connect(settings, client: client) }
        #expect(server.counts.requests > 0)
    }

    @Test("results that make no sense are no numbers", arguments: [
        "{}", #"{"loss_fn_outputs":[]}"#, #"{"loss_fn_outputs":[{}]}"#,
        #"{"loss_fn_outputs":[{"logprobs":{"data":[-1]}}]}"#, #"{"loss_fn_outputs":[{"logprobs":{"data":["a","b"]}}]}"#,
    ])
    func nonsense(text: String) async throws {
        let canned = try CannedTinker(intercept: { route, index in
            route == "retrieve_future" && index == 1 ? .json(text) : nil
        })
        let backend = try await canned.backend(client: client, traits: TinkerTraits())
        let sequence = TrainingSequence(
            tokens: [1, 2, 3], mask: [false, true, true], advantages: [0, 1, 1], weights: [1, 1, 1],
            behaviorLogProbabilities: [0, -1, -1])
        await #expect(throws: WhetError.self) { try await backend.logProbabilities(of: [sequence]) }
        _ = try await backend.logProbabilities(of: [sequence])
    }
}
