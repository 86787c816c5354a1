import Foundation
import Testing
import WhetCore
import WhetTestSupport
import WhetText

@testable import WhetEngine

@Suite("POST /generate", .timeLimit(.minutes(2)))
struct GenerateRouteTests {
    /// What a request asks for, as SGLang's clients send it.
    static func body(
        _ prompt: [Int32], tokens: Int = 20, temperature: Double = 1, seed: Int = 7, rid: String? = nil,
        more: JSONObject = [:]
    ) -> JSONValue {
        var sampling: JSONObject = [
            "max_new_tokens": .integer(tokens), "temperature": .number(temperature), "sampling_seed": .integer(seed),
            "ignore_eos": true,
        ]
        sampling.merge(more) { $1 }
        var body: JSONObject = [
            "input_ids": .array(prompt.map { .integer(Int($0)) }), "sampling_params": .object(sampling),
            "return_logprob": true,
        ]
        body["rid"] = rid.map(JSONValue.string)
        return .object(body)
    }

    @Test("greedy ids are those of transformers")
    func greedy() async throws {
        let reference = try JSONValue(parsing: Data(contentsOf: FixtureFolders.qwen3.appending(path: "reference.json")))
        let prompts = try #require(reference["greedy"]?["prompt_ids"]?.array).compactMap(\.tokens)
        let expected = try #require(reference["greedy"]?["new_ids"]?.array).compactMap(\.tokens)
        try await TestServer.serving { server in
            for (prompt, expected) in zip(prompts, expected) {
                let (status, reply) = try await server.post(
                    "/generate", Self.body(prompt, tokens: expected.count, temperature: 0))
                #expect(status == 200)
                #expect(reply["output_ids"]?.tokens == expected)
                #expect(reply["meta_info"]?["finish_reason"]?["type"]?.string == "length")
            }
        }
    }

    @Test("the reply has what SGLang's has, and its numbers are the engine's own")
    func reply() async throws {
        try await TestServer.serving { server in
            let prompt: [Int32] = [1, 2, 3, 4, 5]
            let (_, reply) = try await server.post("/generate", Self.body(prompt, rid: "me"))
            let direct = try await server.model.engine.generate(
                GenerationEngine.Request(
                    id: "direct", prompt: prompt, sampling: SamplingParameters(maximumNewTokens: 20), seed: 7,
                    ignoresEndTokens: true))
            let info = try #require(reply["meta_info"])
            #expect(reply["output_ids"]?.tokens == direct.tokens.map(\.token))
            let pairs = try #require(info["output_token_logprobs"]?.pairs)
            #expect(pairs.map(\.0) == direct.tokens.map(\.logProbability))
            #expect(pairs.map(\.1) == direct.tokens.map(\.token))
            #expect(info["id"]?.string == "me")
            #expect(info["weight_version"]?.string == "0")
            #expect(info["prompt_tokens"]?.integer == 5)
            #expect(info["completion_tokens"]?.integer == 20)
            #expect(info["cached_tokens"]?.integer != nil)
            #expect(
                reply["text"]?.string
                    == server.model.tokenizer.decode(direct.tokens.map(\.token), skipSpecialTokens: true))
        }
    }

    @Test("alone or among 63 others: the same ids and log-probabilities, bit for bit")
    func batchInvariance() async throws {
        var random = RandomStream(seed: 5, purpose: "requests")
        let bodies = (0..<64).map { index in
            // Half of them share a prompt, as the members of a group do.
            let prompt =
                index % 2 == 0
                ? (0..<40).map { Int32($0) }
                : (0..<Int.random(in: 1...100, using: &random)).map { _ in Int32.random(in: 0..<600, using: &random) }
            return Self.body(
                prompt, tokens: Int.random(in: 1...60, using: &random), temperature: [1, 5, 20][index % 3], seed: index,
                more: index % 4 == 0 ? ["top_p": 0.8] : index % 4 == 1 ? ["top_k": 20] : [:])
        }
        func signature(_ reply: JSONValue) -> [String] {
            [reply["output_ids"]?.text() ?? "", reply["meta_info"]?["output_token_logprobs"]?.text() ?? ""]
        }
        var alone: [[String]] = []
        try await TestServer.serving(engine: .init(sharesPrefixes: false)) { server in
            for body in bodies { alone.append(signature(try await server.post("/generate", body).json)) }
        }
        for round in 0..<2 {
            try await TestServer.serving(engine: .init(maximumRunning: round == 0 ? 64 : 10)) { server in
                try await withThrowingTaskGroup(of: (Int, [String]).self) { group in
                    for index in bodies.indices.shuffled(using: &random) {
                        group.addTask { (index, signature(try await server.post("/generate", bodies[index]).json)) }
                    }
                    for try await (index, reply) in group { #expect(reply == alone[index]) }
                }
                #expect(server.model.engine.statistics.sharedTokens > 0)
            }
        }
    }

    @Test("a stop string ends the text before it and leaves the ids whole")
    func stopString() async throws {
        try await TestServer.serving { server in
            let whole = try await server.post("/generate", Self.body([10, 20, 30], tokens: 60)).json
            let text = try #require(whole["text"]?.string)
            // Three bytes from the middle of what is going to be sampled anyway.
            let scalars = Array(text.unicodeScalars.filter { $0.isASCII })
            let candidates = (10..<scalars.count - 3).map { String(String.UnicodeScalarView(scalars[$0..<$0 + 3])) }
            let stop = try #require(candidates.first { text.contains($0) })
            for trims in [true, false] {
                let reply = try await server.post(
                    "/generate",
                    Self.body([10, 20, 30], tokens: 60, more: ["stop": .string(stop), "no_stop_trim": .bool(!trims)])
                ).json
                let ids = try #require(reply["output_ids"]?.tokens)
                #expect(ids == whole["output_ids"]?.tokens.map { Array($0[..<ids.count]) })
                #expect(reply["meta_info"]?["finish_reason"] == ["type": "stop", "matched": .string(stop)])
                #expect(reply["text"]?.string?.contains(stop) == !trims)
                let decoded = server.model.tokenizer.decode(ids, skipSpecialTokens: true)
                #expect(decoded.hasPrefix(try #require(reply["text"]?.string)))
                let before = server.model.tokenizer.decode(Array(ids.dropLast()), skipSpecialTokens: true)
                #expect(!before.contains(stop))
            }
        }
    }

    @Test("stop tokens and end tokens end it and stay in the ids")
    func stopToken() async throws {
        try await TestServer.serving { server in
            let whole = try await server.post("/generate", Self.body([10, 20, 30], tokens: 40)).json
            let ids = try #require(whole["output_ids"]?.tokens)
            let stop = ids[7]
            let place = try #require(ids.firstIndex(of: stop))
            let reply = try await server.post(
                "/generate", Self.body([10, 20, 30], tokens: 40, more: ["stop_token_ids": [.integer(Int(stop))]])
            ).json
            #expect(reply["output_ids"]?.tokens == Array(ids[...place]))
            #expect(reply["meta_info"]?["finish_reason"] == ["type": "stop", "matched": .integer(Int(stop))])
        }
    }

    @Test("a stream's last event is the reply of a call that does not stream")
    func stream() async throws {
        try await TestServer.serving { server in
            let prompt = (0..<30).map { Int32($0) }
            let whole = try await server.post("/generate", Self.body(prompt)).json
            guard case .object(var body) = Self.body(prompt) else { return }
            body["stream"] = true
            let events = try await server.events("/generate", .object(body))
            #expect(events.last == "[DONE]")
            let last = try JSONValue(parsing: try #require(events.dropLast().last))
            for key in ["text", "output_ids"] { #expect(last[key] == whole[key]) }
            for key in ["output_token_logprobs", "finish_reason", "weight_version", "completion_tokens"] {
                #expect(last["meta_info"]?[key] == whole["meta_info"]?[key])
            }
            let first = try JSONValue(parsing: events[0])
            #expect(first["meta_info"]?["finish_reason"] == .null)
        }
    }
}
