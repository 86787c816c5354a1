import Foundation
import WhetCore
import WhetHTTP
import WhetServer
import WhetTestSupport
import WhetText

@testable import WhetEngine

/// A server on loopback, and a client of it.
struct TestServer: ServerUnderTest {
    let url: String
    let client: HTTPClient
    let model: ServedModel

    /// Serves the fixture model while `body` runs.
    static func serving(
        engine: GenerationEngine.Settings = .init(), server: EmbeddedServer.Settings = .init(),
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let model = try ServedModel(directory: FixtureFolders.qwen3, settings: engine, threads: 2)
        try await serving(model, server: server, body)
    }

    /// Serves a model of next to nothing whose generations go on until somebody ends them.
    static func servingEndless(
        engine settings: GenerationEngine.Settings = .init(maximumCachedTokens: 1 << 24),
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let tokenizer = try Tokenizer(directory: FixtureFolders.qwen3)
        let configuration = try ModelConfiguration(
            vocabularySize: 640, hiddenSize: 8, intermediateSize: 16, layers: 1, heads: 1, keyValueHeads: 1,
            headSize: 8, maximumPositions: 1 << 20)
        let engine = GenerationEngine(
            model: Model(configuration: configuration, seed: 1), settings: settings, threads: 1,
            bytes: { tokenizer.bytes(of: $0) })
        let model = ServedModel(
            engine: engine, tokenizer: tokenizer, template: try ChatTemplate(directory: FixtureFolders.qwen3),
            name: "endless")
        try await serving(model, body)
    }

    static func serving(
        _ model: ServedModel, server: EmbeddedServer.Settings = .init(), _ body: (TestServer) async throws -> Void
    ) async throws {
        try await EmbeddedServer(model, settings: server).withServer { url in
            try await body(TestServer(url: url.absoluteString, client: try HTTPClient(), model: model))
        }
    }

    /// Waits until the engine says so.
    func until(_ holds: (GenerationEngine.Statistics) -> Bool) async throws {
        while !holds(model.engine.statistics) { try await Task.sleep(for: .milliseconds(1)) }
    }
}

extension JSONValue {
    /// The ids of a list.
    var tokens: [Int32]? { array.map { $0.compactMap { $0.integer.map { Int32($0) } } } }

    /// Of SGLang's `[[log-probability, id, null], …]`.
    var pairs: [(Float, Int32)]? {
        array?.compactMap { entry in
            guard let number = entry[0]?.double, let id = entry[1]?.integer else { return nil }
            return (Float(number), Int32(id))
        }
    }
}
