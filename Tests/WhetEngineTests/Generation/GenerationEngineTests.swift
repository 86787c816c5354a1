import Testing
import WhetCore

@testable import WhetEngine

@Suite("Generation engine", .timeLimit(.minutes(1)))
struct GenerationEngineTests {
    /// An engine over a fake decoder, on its own thread.
    func engine(
        settings: GenerationEngine.Settings = .init(maximumCachedTokens: 1 << 30),
        logits: @escaping @Sendable ([Int32]) -> [Float] = { tokens in
            (0..<32).map { Float(($0 * 7 + tokens.count) % 5) }
        }
    ) throws -> GenerationEngine {
        var configuration = try Model.tiny().configuration
        configuration.maximumPositions = 1 << 30
        return GenerationEngine(
            configuration: configuration, version: PolicyVersion(2), settings: settings, endTokens: [],
            bytes: { _ in [] },
            session: { FakeDecoder(vocabulary: 32, logits: logits) })
    }

    @Test("outputs come in the order of the requests and carry the version")
    func order() async throws {
        let engine = try engine()
        let requests = (1...6).map { GenerationEngine.Request.sample("r\($0)", tokens: 7 - $0, seed: UInt64($0)) }
        let outputs = try await engine.generate(requests)
        #expect(outputs.map(\.tokens.count) == [6, 5, 4, 3, 2, 1])
        #expect(outputs.allSatisfy { $0.version == PolicyVersion(2) && $0.promptTokens == 3 })
    }

    @Test("a stream gives what a call gives")
    func stream() async throws {
        let engine = try engine()
        let requests = (0..<3).map { GenerationEngine.Request.sample("r\($0)", tokens: 20, seed: UInt64($0)) }
        let stream = try engine.stream(requests)
        var sampled = [[SampledToken]](repeating: [], count: 3)
        var outputs: [Int: GenerationEngine.Output] = [:]
        while let events = try await stream.next() {
            for event in events {
                switch event.kind {
                case .sampled(let tokens): sampled[event.index] += tokens
                case .finished(let output): outputs[event.index] = output
                }
            }
        }
        let whole = try await engine.generate(requests)
        #expect(sampled == whole.map(\.tokens))
        #expect((0..<3).map { outputs[$0]?.tokens } == whole.map(\.tokens))
        #expect(try await stream.next() == nil)
    }

    @Test("cancelling the task frees its place", arguments: [true, false])
    func cancellation(early: Bool) async throws {
        let engine = try engine(settings: .init(maximumCachedTokens: 1 << 30, sharesPrefixes: false))
        let call = Task { try await engine.generate(.sample(tokens: 1 << 20)) }
        if !early {
            while engine.statistics.running == 0 { try await Task.sleep(for: .milliseconds(1)) }
        }
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        // What comes after the cancellation in the mailbox sees its effect.
        await engine.abort(.id("nobody"))
        let output = try await engine.generate(.sample("next", tokens: 2))
        #expect(output.finish == .length)
        #expect(engine.statistics.running == 0)
    }

    @Test("a stopped engine refuses, and whoever waited got what there was")
    func stop() async throws {
        let engine = try engine()
        async let waiting = engine.generate(.sample(tokens: 1 << 20))
        while engine.statistics.running == 0 { try await Task.sleep(for: .milliseconds(1)) }
        await engine.stop()
        #expect(try await waiting.finish == .abort)
        await #expect(throws: GenerationEngine.Refusal.stopped) { try await engine.generate(.sample()) }
        await #expect(throws: GenerationEngine.Refusal.stopped) {
            try await engine.update(
                to: Model(configuration: engine.configuration, parameters: Model.tiny().parameters), version: .initial)
        }
        #expect(await engine.abort(.all) == 0)
        await engine.stop()
    }

    @Test("new weights are in place when the update returns; those of another shape are refused")
    func update() async throws {
        let engine = try engine()
        var parameters = try Model.tiny()
        try await engine.update(
            to: Model(configuration: engine.configuration, parameters: parameters.parameters), version: PolicyVersion(5)
        )
        #expect(try await engine.generate(.sample()).version == PolicyVersion(5))
        parameters = Model(
            configuration: try ModelConfiguration(
                vocabularySize: 32, hiddenSize: 16, intermediateSize: 16, layers: 1, heads: 2, keyValueHeads: 1,
                headSize: 4),
            seed: 1)
        let other = parameters
        await #expect(throws: WhetError.self) { try await engine.update(to: other, version: PolicyVersion(6)) }
        #expect(engine.statistics.version == PolicyVersion(5))
    }
}
