import Foundation
import WhetCore
import WhetEngine
import WhetHTTP
import WhetServer
import WhetText

/// A server on loopback, and a client of it.
struct TestServer: Sendable {
    let url: String
    let client: HTTPClient
    let model: ServedModel

    static let fixture = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/models/qwen3")

    /// Serves the fixture model while `body` runs.
    static func serving(
        engine: GenerationEngine.Settings = .init(), server: EmbeddedServer.Settings = .init(),
        _ body: (TestServer) async throws -> Void
    ) async throws {
        try await serving(try ServedModel(directory: fixture, settings: engine, threads: 2), server: server, body)
    }

    /// Serves a model of next to nothing whose generations go on until somebody ends them.
    static func servingEndless(
        engine settings: GenerationEngine.Settings = .init(maximumCachedTokens: 1 << 24),
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let tokenizer = try Tokenizer(directory: fixture)
        let configuration = try ModelConfiguration(
            vocabularySize: 640, hiddenSize: 8, intermediateSize: 16, layers: 1, heads: 1, keyValueHeads: 1,
            headSize: 8,
            maximumPositions: 1 << 20)
        let engine = GenerationEngine(
            model: Model(configuration: configuration, seed: 1), settings: settings, threads: 1,
            bytes: { tokenizer.bytes(of: $0) })
        let model = ServedModel(
            engine: engine, tokenizer: tokenizer, template: try ChatTemplate(directory: fixture), name: "endless")
        try await serving(model, body)
    }

    static func serving(
        _ model: ServedModel, server: EmbeddedServer.Settings = .init(), _ body: (TestServer) async throws -> Void
    ) async throws {
        try await EmbeddedServer(model, settings: server).withServer { url in
            try await body(TestServer(url: url.absoluteString, client: try HTTPClient(), model: model))
        }
    }

    func get(_ path: String) async throws -> (status: Int, text: String) {
        let response = try await client.send(HTTPRequest(.get, url + path))
        return (response.status, response.text)
    }

    func post(_ path: String, _ body: JSONValue) async throws -> (status: Int, json: JSONValue) {
        try await post(path, raw: Array(body.text().utf8))
    }

    func post(_ path: String, raw: [UInt8]) async throws -> (status: Int, json: JSONValue) {
        let response = try await client.send(HTTPRequest.post(url + path, json: raw))
        return (response.status, try JSONValue(parsing: response.body))
    }

    /// The events of a streamed answer.
    func events(_ path: String, _ body: JSONValue) async throws -> [String] {
        let stream = try await client.stream(.post(url + path, json: body))
        var parser = ServerSentEventParser()
        var events: [String] = []
        for try await bytes in stream.body { events += try parser.push(bytes).map(\.data) }
        return events
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
