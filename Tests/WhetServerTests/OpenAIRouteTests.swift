import Foundation
import Testing
import WhetCore
import WhetTestSupport

@Suite("OpenAI's routes", .timeLimit(.minutes(2)))
struct OpenAIRouteTests {
    @Test("completions take a text, ids, or lists of either, and give the same for the same ids")
    func prompts() async throws {
        try await TestServer.serving { server in
            let text = "The sum of 12 and 30 is"
            let ids = server.model.tokenizer.encode(text)
            let list = JSONValue.array(ids.map { .integer(Int($0)) })
            func choices(_ prompt: JSONValue) async throws -> [JSONValue] {
                let (status, reply) = try await server.post(
                    "/v1/completions",
                    [
                        "model": "qwen3", "prompt": prompt, "seed": 3, "max_tokens": 12, "logprobs": 0,
                        "return_token_ids": true, "ignore_eos": true,
                    ])
                #expect(status == 200)
                return reply["choices"]?.array ?? []
            }
            let single = try await choices(.string(text))
            #expect(single.count == 1)
            #expect(single[0]["prompt_token_ids"]?.tokens == ids)
            #expect(single[0]["token_ids"]?.array?.count == 12)
            #expect(try await choices(list) == single)
            for several in [try await choices([.string(text), .string(text)]), try await choices([list, list])] {
                #expect(several.count == 2)
                for (index, choice) in several.enumerated() {
                    #expect(choice["index"]?.integer == index)
                    #expect(choice["token_ids"] == single[0]["token_ids"])
                }
            }
        }
    }

    @Test("ids and log-probabilities are those of /generate")
    func agreesWithGenerate() async throws {
        try await TestServer.serving { server in
            let prompt: JSONValue = [5, 6, 7]
            let reply = try await server.post(
                "/v1/completions",
                [
                    "prompt": prompt, "seed": 3, "max_tokens": 12, "logprobs": 2, "return_token_ids": true,
                    "ignore_eos": true,
                ]
            ).json
            let other = try await server.post("/generate", GenerateRouteTests.body([5, 6, 7], tokens: 12, seed: 3)).json
            let choice = try #require(reply["choices"]?[0])
            let numbers = try #require(choice["logprobs"]?["token_logprobs"]?.array).compactMap(\.double)
            #expect(choice["token_ids"]?.tokens == other["output_ids"]?.tokens)
            #expect(numbers.map { Float($0) } == other["meta_info"]?["output_token_logprobs"]?.pairs?.map(\.0))
            #expect(
                choice["logprobs"]?["top_logprobs"]?.array?.allSatisfy { (1...3).contains($0.object?.count ?? 0) }
                    == true)
            #expect(choice["logprobs"]?["text_offset"]?[0] == 0)
            #expect(reply["usage"]?["prompt_tokens"] == 3)
            #expect(reply["usage"]?["completion_tokens"] == 12)
            #expect(reply["weight_version"] == "0")
        }
    }

    @Test("n samples differ, and the first is that of n = 1")
    func severalChoices() async throws {
        try await TestServer.serving { server in
            func ids(_ n: Int) async throws -> [[Int32]] {
                let reply = try await server.post(
                    "/v1/completions",
                    [
                        "prompt": "hello", "seed": 9, "n": .integer(n), "max_tokens": 16, "return_token_ids": true,
                        "temperature": 20,
                    ]
                ).json
                return reply["choices"]?.array?.compactMap { $0["token_ids"]?.tokens } ?? []
            }
            let four = try await ids(4)
            #expect(Set(four).count == 4)
            #expect(try await ids(1) == [four[0]])
            #expect(try await ids(4) == four)
        }
    }

    static let chat: JSONObject = [
        "model": "qwen3", "messages": [["role": "user", "content": "What is 2+2?"]], "seed": 1, "max_tokens": 30,
        "logprobs": true, "top_logprobs": 2, "return_token_ids": true, "ignore_eos": true,
    ]

    @Test("a chat is rendered by the template, as transformers renders it")
    func chat() async throws {
        let reference = try JSONValue(parsing: Data(contentsOf: FixtureFolders.qwen3.appending(path: "reference.json")))
        let cases = try #require(reference["chat"]?.array)
        try await TestServer.serving { server in
            for sample in cases where sample["ids"]?.array?.count ?? 999 < 250 {
                var body = Self.chat
                body["messages"] = sample["messages"]
                body["tools"] = sample["tools"]
                body["add_generation_prompt"] = sample["add_generation_prompt"]
                body["max_tokens"] = 1
                let (status, reply) = try await server.post("/v1/chat/completions", .object(body))
                #expect(status == 200)
                let expected = sample["ids"]?.tokens
                #expect(reply["prompt_token_ids"]?.tokens == expected)
            }
            let reply = try await server.post("/v1/chat/completions", .object(Self.chat)).json
            let choice = try #require(reply["choices"]?[0])
            let content = try #require(choice["logprobs"]?["content"]?.array)
            #expect(content.count == 30)
            #expect(content.allSatisfy { $0["top_logprobs"]?.array?.count == 2 && $0["logprob"]?.double ?? 1 <= 0 })
            let bytes = content.flatMap { $0["bytes"]?.array?.compactMap { $0.integer.map { UInt8($0) } } ?? [] }
            #expect(
                String(decoding: bytes, as: UTF8.self)
                    == server.model.tokenizer.decode(choice["token_ids"]?.tokens ?? []))
            #expect(choice["message"]?["role"] == "assistant")
            #expect(reply["object"] == "chat.completion")
        }
    }

    @Test("a streamed chat says the same in pieces: role first, then finish, usage, [DONE]", arguments: [1, 3])
    func streamedChat(n: Int) async throws {
        try await TestServer.serving { server in
            var body = Self.chat
            body["n"] = .integer(n)
            let whole = try await server.post("/v1/chat/completions", .object(body)).json
            body["stream"] = true
            body["stream_options"] = ["include_usage": true]
            let events = try await server.events("/v1/chat/completions", .object(body))
            #expect(events.last == "[DONE]")
            let pieces = try events.dropLast().map { try JSONValue(parsing: $0) }
            #expect(pieces.allSatisfy { $0["object"] == "chat.completion.chunk" })
            #expect(pieces.last?["choices"] == [])
            #expect(pieces.last?["usage"]?["completion_tokens"] == whole["usage"]?["completion_tokens"])
            for index in 0..<n {
                let mine = pieces.compactMap { $0["choices"]?[0] }.filter { $0["index"]?.integer == index }
                #expect(mine.first?["delta"]?["role"] == "assistant")
                #expect(mine.dropFirst().allSatisfy { $0["delta"]?["role"] == nil })
                #expect(mine.dropLast().allSatisfy { $0["finish_reason"]?.isNull == true })
                let choice = whole["choices"]?[index]
                #expect(mine.last?["finish_reason"] == choice?["finish_reason"])
                #expect(
                    mine.compactMap { $0["delta"]?["content"]?.string }.joined()
                        == choice?["message"]?["content"]?.string)
                #expect(mine.flatMap { $0["token_ids"]?.tokens ?? [] } == choice?["token_ids"]?.tokens)
                let entries = mine.flatMap { $0["logprobs"]?["content"]?.array ?? [] }
                #expect(.array(entries) == choice?["logprobs"]?["content"])
            }
        }
    }

    @Test("a streamed completion holds back what may begin a stop string")
    func streamedStop() async throws {
        try await TestServer.serving { server in
            var body: JSONObject = ["prompt": "hello", "seed": 4, "max_tokens": 60, "ignore_eos": true]
            let text = try #require(
                try await server.post("/v1/completions", .object(body)).json["choices"]?[0]?["text"]?.string)
            let scalars = Array(text.unicodeScalars)
            let stop = String(String.UnicodeScalarView(scalars[20..<26]))
            body["stop"] = ["never in a thousand years", .string(stop)]
            let whole = try await server.post("/v1/completions", .object(body)).json["choices"]?[0]
            #expect(whole?["finish_reason"] == "stop")
            #expect(whole?["stop_reason"]?.string == stop)
            body["stream"] = true
            let events = try await server.events("/v1/completions", .object(body))
            let pieces = try events.dropLast().map { try JSONValue(parsing: $0) }
            let streamed = pieces.compactMap { $0["choices"]?[0]?["text"]?.string }.joined()
            #expect(streamed == whole?["text"]?.string)
            #expect(text.hasPrefix(streamed))
        }
    }
}
