import Foundation
import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetEngine
@testable import WhetServer

/// The service on loopback, and a client of it that does as the SDK does.
struct TestTinker: ServerUnderTest {
    let url: String
    let client: HTTPClient

    /// Serves the fixture model while `body` runs.
    static func serving(
        _ settings: TinkerService.Settings = .init(), name: String? = "base", _ body: (TestTinker) async throws -> Void
    ) async throws {
        var settings = settings
        settings.threads = 2
        let service = try TinkerService(directory: FixtureFolders.qwen3, name: name, settings: settings)
        try await service.withServer { url in
            try await body(TestTinker(url: url.absoluteString + "/api/v1/", client: try HTTPClient()))
        }
    }

    /// The answer of a call that is good.
    func ask(_ path: String, _ body: JSONValue, sourceLocation: SourceLocation = #_sourceLocation) async throws
        -> JSONValue
    {
        let reply = try await post(path, body)
        try #require(reply.status == 200, "\(reply.json.text())", sourceLocation: sourceLocation)
        return reply.json
    }

    /// The answer behind a future, a failure included.
    func settled(_ request: JSONValue?, sourceLocation: SourceLocation = #_sourceLocation) async throws -> JSONValue {
        let id = try #require(request?["request_id"], "\(request?.text() ?? "")", sourceLocation: sourceLocation)
        while true {
            let reply = try await post("retrieve_future", ["request_id": id])
            if reply.status == 408 { continue }
            try #require(reply.status == 200, "\(reply.json.text())", sourceLocation: sourceLocation)
            return reply.json
        }
    }

    /// The answer behind a future that must have succeeded.
    func result(_ path: String, _ body: JSONValue, sourceLocation: SourceLocation = #_sourceLocation) async throws
        -> JSONValue
    {
        let json = try await settled(try await ask(path, body), sourceLocation: sourceLocation)
        try #require(json["error"] == nil, "\(json.text())", sourceLocation: sourceLocation)
        return json
    }

    func session() async throws -> JSONValue {
        let body: JSONValue = ["tags": [], "user_metadata": [:], "sdk_version": "test", "type": "create_session"]
        return try #require(try await ask("create_session", body)["session_id"])
    }

    /// A session and a model in it.
    func model(rank: Int = 8) async throws -> (session: JSONValue, model: JSONValue) {
        let session = try await session()
        let model = try await result(
            "create_model",
            ["session_id": session, "model_seq_id": 0, "base_model": "base", "lora_config": ["rank": .integer(rank)]])
        return (session, try #require(model["model_id"]))
    }
}

/// A sequence as the SDK sends it: inputs, and targets shifted by one.
struct WireDatum {
    var tokens: [Int32]
    var weights: [Double]?
    var advantages: [Double]?
    var behavior: [Double]?
    var targets: [Int32]?

    static func random(_ length: Int, seed: UInt64) -> WireDatum {
        var random = RandomStream(key: seed)
        // 32 bits each, as the engine's own protocol has them.
        func numbers(_ range: ClosedRange<Float>) -> [Double] {
            (0..<length).map { _ in Double(Float.random(in: range, using: &random)) }
        }
        let tokens = (0...length).map { _ in Int32.random(in: 0..<640, using: &random) }
        return WireDatum(
            tokens: tokens, weights: numbers(0...2), advantages: numbers(-1...1), behavior: numbers(-7 ... -6))
    }

    var inputs: [Int32] { Array(tokens.dropLast()) }
    var expected: [Int32] { targets ?? Array(tokens.dropFirst()) }

    var json: JSONValue {
        func tensor(_ numbers: [Double]?) -> JSONValue {
            numbers.map { ["data": .array($0.map(JSONValue.number)), "dtype": "float32"] } ?? .null
        }
        var inputs: JSONObject = [
            "target_tokens": [
                "data": .array(expected.map { .integer(Int($0)) }), "dtype": "int64",
                "shape": [.integer(expected.count)],
            ]
        ]
        if weights != nil { inputs["weights"] = tensor(weights) }
        if advantages != nil { inputs["advantages"] = tensor(advantages) }
        if behavior != nil { inputs["logprobs"] = tensor(behavior) }
        return [
            "model_input": [
                "chunks": [
                    ["type": "encoded_text", "tokens": .array(self.inputs.map { .integer(Int($0)) })]
                ]
            ], "loss_fn_inputs": .object(inputs),
        ]
    }

    /// For cross entropy, which reads neither.
    var supervised: WireDatum {
        var copy = self
        (copy.advantages, copy.behavior) = (nil, nil)
        return copy
    }

    static func call(
        _ model: JSONValue, _ data: [WireDatum], loss: String, config: JSONValue = .null, number: Int? = nil,
        key: String = "forward_backward_input"
    ) -> JSONValue {
        var body: JSONObject = [
            "model_id": model,
            key: ["data": .array(data.map(\.json)), "loss_fn": .string(loss), "loss_fn_config": config],
        ]
        if let number { body["seq_id"] = .integer(number) }
        return .object(body)
    }
}

extension JSONValue {
    /// The numbers of a tensor, or of a list.
    var numbers: [Double] { (self["data"]?.array ?? array ?? []).compactMap(\.double) }
}
