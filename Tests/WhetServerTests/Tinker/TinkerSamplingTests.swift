import Foundation
import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport
import WhetText

@testable import WhetEngine
@testable import WhetServer

@Suite("Tinker: sampling", .timeLimit(.minutes(3)))
struct TinkerSamplingTests {
    private static let prompt: JSONValue = ["chunks": [["type": "encoded_text", "tokens": [5, 6, 7, 8]]]]

    private static func sample(
        _ sampler: JSONValue, number: Int, samples: Int = 1, _ parameters: JSONValue, more: JSONObject = [:]
    ) -> JSONValue {
        var body: JSONObject = [
            "sampling_session_id": sampler, "seq_id": .integer(number), "num_samples": .integer(samples),
            "prompt": prompt, "sampling_params": parameters,
        ]
        for (key, value) in more { body[key] = value }
        return .object(body)
    }

    /// A sampling session over the base model.
    private static func base(_ server: TestTinker) async throws -> JSONValue {
        let session = try await server.session()
        return try #require(
            try await server.ask(
                "create_sampling_session",
                ["session_id": session, "sampling_session_seq_id": 0, "base_model": "base"])["sampling_session_id"])
    }

    @Test("samples of one call differ, a seed gives them again, and log-probabilities are the engine's")
    func samples() async throws {
        let engine = try ServedModel(directory: FixtureFolders.qwen3, threads: 1).engine
        try await TestTinker.serving { server in
            let sampler = try await Self.base(server)
            // Hot, because this model repeats itself.
            let parameters: JSONValue = ["max_tokens": 12, "temperature": 4, "seed": 11, "top_p": 0.9, "top_k": 100]
            let first = try await server.result("asample", Self.sample(sampler, number: 0, samples: 3, parameters))
            let sequences = try #require(first["sequences"]?.array)
            #expect(sequences.count == 3)
            #expect(Set(sequences.map { $0["tokens"]?.text() }).count == 3)
            let again = try await server.result("asample", Self.sample(sampler, number: 1, samples: 3, parameters))
            #expect(again == first)
            let expected = try await engine.generate(
                .init(
                    id: "", prompt: [5, 6, 7, 8],
                    sampling: .init(temperature: 4, topP: 0.9, topK: 100, maximumNewTokens: 12), seed: 11))
            #expect(sequences[0]["tokens"]?.tokens == expected.tokens.map(\.token))
            #expect(sequences[0]["logprobs"]?.numbers.map(Float.init) == expected.tokens.map(\.logProbability))
            #expect(sequences[0]["stop_reason"]?.string == (expected.finish == .stop ? "stop" : "length"))
            let unseeded = try await server.result(
                "asample", Self.sample(sampler, number: 2, samples: 2, ["max_tokens": 12, "temperature": 4]))
            #expect(unseeded["sequences"]?[0]?["tokens"] != unseeded["sequences"]?[1]?["tokens"])
        }
        await engine.stop()
    }

    @Test("texts and ids stop it, and stay in what comes back")
    func stops() async throws {
        let tokenizer = try Tokenizer(directory: FixtureFolders.qwen3)
        try await TestTinker.serving { server in
            let sampler = try await Self.base(server)
            let free = try await server.result(
                "asample", Self.sample(sampler, number: 0, ["max_tokens": 20, "seed": 4]))
            let tokens = try #require(free["sequences"]?[0]?["tokens"]?.tokens)
            let fourth = tokens[3]
            let first = try #require(tokens.firstIndex(of: fourth))
            let byID = try await server.result(
                "asample",
                Self.sample(sampler, number: 1, ["max_tokens": 20, "seed": 4, "stop": [.integer(Int(fourth))]]))
            #expect(byID["sequences"]?[0]?["tokens"]?.tokens == Array(tokens[...first]))
            #expect(byID["sequences"]?[0]?["stop_reason"] == "stop")
            let place = try #require(
                tokens.indices.first { place in
                    let text = tokenizer.decode([tokens[place]])
                    return place > 2 && !text.isEmpty && !text.contains("\u{FFFD}")
                })
            let text = tokenizer.decode([tokens[place]])
            let byText = try await server.result(
                "asample", Self.sample(sampler, number: 2, ["max_tokens": 20, "seed": 4, "stop": [.string(text)]]))
            let stopped = try #require(byText["sequences"]?[0]?["tokens"]?.tokens)
            #expect(stopped.count <= place + 1 && tokens.starts(with: stopped))
        }
    }

    @Test("log-probabilities of a prompt, and the likeliest tokens at each place")
    func prompts() async throws {
        try await TestTinker.serving { server in
            let sampler = try await Self.base(server)
            let reply = try await server.result(
                "asample",
                Self.sample(
                    sampler, number: 0, ["max_tokens": 1],
                    more: ["prompt_logprobs": true, "topk_prompt_logprobs": 3]))
            let (_, model) = try await server.model()
            let scored = try await server.result(
                "forward",
                WireDatum.call(
                    model, [WireDatum(tokens: [5, 6, 7, 8])], loss: "cross_entropy", key: "forward_input"))
            let found = try #require(reply["prompt_logprobs"]?.array)
            #expect(found.count == 4)
            #expect(found[0].isNull)
            #expect(
                found.dropFirst().map(\.double)
                    == scored["loss_fn_outputs"]?[0]?["logprobs"]?["data"]?.array?.map(\.double))
            let top = try #require(reply["topk_prompt_logprobs"]?.array)
            #expect(top.count == 4 && top[0].isNull)
            for place in 1..<4 {
                let entries = try #require(top[place].array)
                #expect(entries.count == 3)
                let numbers = entries.compactMap { $0[1]?.double }
                #expect(numbers == numbers.sorted(by: >))
                let own = entries.first { $0[0]?.integer == 5 + place }?[1]?.double
                if let own { #expect(abs(own - (found[place].double ?? 0)) < 1e-4) }
                #expect(numbers[0] >= (found[place].double ?? 0) - 1e-4)
            }
        }
    }

    @Test("a sampling session keeps its weights when training goes on", arguments: [true, false])
    func snapshots(isNamed: Bool) async throws {
        try await TestTinker.serving { server in
            let (session, model) = try await server.model()
            let data = [WireDatum.random(12, seed: 2).supervised]
            let greedy: JSONValue = ["max_tokens": 10, "temperature": 0]
            func sampler(_ number: Int) async throws -> JSONValue {
                var body: JSONObject = ["model_id": model]
                if isNamed {
                    body["path"] = .string("s\(number)")
                } else {
                    body["sampling_session_seq_id"] = .integer(number)
                }
                let saved = try await server.result("save_weights_for_sampler", .object(body))
                guard isNamed else { return try #require(saved["sampling_session_id"]) }
                let path = try #require(saved["path"])
                return try #require(
                    try await server.ask(
                        "create_sampling_session",
                        ["session_id": session, "sampling_session_seq_id": .integer(number), "model_path": path])[
                            "sampling_session_id"])
            }
            let before = try await sampler(0)
            let first = try await server.result("asample", Self.sample(before, number: 0, greedy))
            for _ in 0..<3 {
                _ = try await server.result("forward_backward", WireDatum.call(model, data, loss: "cross_entropy"))
                _ = try await server.result(
                    "optim_step", ["model_id": model, "adam_params": ["learning_rate": 0.05]])
            }
            let after = try await sampler(1)
            let second = try await server.result("asample", Self.sample(after, number: 0, greedy))
            #expect(second != first)
            #expect(try await server.result("asample", Self.sample(before, number: 1, greedy)) == first)
            let known = try JSONValue(parsing: try await server.get("samplers/\(before.string ?? "")").text)
            #expect(known["base_model"] == "base")
            #expect((known["model_path"]?.isNull ?? true) == !isNamed)
        }
    }

    @Test("one engine at a time serves many sampling sessions; the oldest unnamed weights go first")
    func bounded() async throws {
        var settings = TinkerService.Settings()
        settings.maximumSamplers = 1
        settings.maximumSnapshots = 2
        try await TestTinker.serving(settings) { server in
            let (_, model) = try await server.model()
            var samplers: [JSONValue] = []
            for number in 0..<3 {
                let saved = try await server.result(
                    "save_weights_for_sampler", ["model_id": model, "sampling_session_seq_id": .integer(number)])
                samplers.append(try #require(saved["sampling_session_id"]))
            }
            let gone = try await server.post("asample", Self.sample(samplers[0], number: 0, ["max_tokens": 2]))
            #expect(gone.status == 404)
            #expect(gone.json["error"]?.string?.contains("let go of after 2 newer ones") == true)
            let base = try await Self.base(server)
            let three = [samplers[1], samplers[2], base]
            let requests = try await (0..<6).concurrentMap { number in
                try await server.ask(
                    "asample", Self.sample(three[number % 3], number: number, ["max_tokens": 3]))
            }
            for request in requests {
                #expect(try await server.settled(request)["sequences"]?[0]?["tokens"]?.tokens?.isEmpty == false)
            }
        }
    }

    @Test("a repeated call gives the same answer, not new samples")
    func repeated() async throws {
        try await TestTinker.serving { server in
            let sampler = try await Self.base(server)
            let body = Self.sample(sampler, number: 0, ["max_tokens": 8])
            let first = try await server.ask("asample", body)
            #expect(try await server.ask("asample", body) == first)
            #expect(
                try await server.post("asample", Self.sample(sampler, number: 0, ["max_tokens": 9])).status == 400)
        }
    }
}
