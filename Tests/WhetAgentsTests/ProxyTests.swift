import Testing
import WhetCore
import WhetEnvironments
import WhetHTTP
import WhetRollouts
import WhetTestSupport
import WhetText

@testable import WhetAgents

@Suite("The recording proxy", .timeLimit(.minutes(2)))
struct ProxyTests {
    /// An episode that is served, and a client of it.
    private struct Served: ServerUnderTest {
        let url: String
        let client: HTTPClient
        let episode: RecordedEpisode
    }

    private func serving(
        _ server: ScriptedServer, limits: EpisodeLimits = Fixtures.limits, authority: SamplingAuthority = .override,
        _ body: (Served) async throws -> Void
    ) async throws -> RecordedEpisode.Record {
        let format = try Fixtures.format()
        let episode = RecordedEpisode(
            .init(
                server: server, format: format, syntax: ToolCallSyntax(of: format.template), limits: limits, authority: authority,
                name: "e", seed: 3), version: .initial)
        try await RecordingProxy.withProxy { proxy in
            try await proxy.withEpisode(episode) { url, _ in
                try await body(Served(url: url, client: try HTTPClient(), episode: episode))
            }
        }
        return await episode.close()
    }

    private let question: JSONValue = ["model": "gpt-4o", "messages": [["role": "user", "content": "hello"]]]

    private func asking(_ more: JSONObject) -> JSONValue {
        .object((question.object ?? [:]).merging(more) { $1 })
    }

    private let tools: JSONValue = [
        ["type": "function", "function": ["name": "look", "parameters": ["type": "object", "properties": [:]]]]
    ]

    @Test("a chat is answered as OpenAI does")
    func answersChat() async throws {
        let server = ScriptedServer(saying: ["good day"])
        let record = try await serving(server) { served in
            let (status, json) = try await served.post("/chat/completions", asking(["logprobs": true]))
            #expect(status == 200)
            #expect(json["object"]?.string == "chat.completion" && json["model"]?.string == "gpt-4o")
            let choice = json["choices"]?[0]
            #expect(choice?["message"]?["content"]?.string == "good day")
            #expect(choice?["finish_reason"]?.string == "stop")
            #expect(json["usage"]?["prompt_tokens"]?.integer == server.requests[0].tokens.count)
            let entries = try #require(choice?["logprobs"]?["content"]?.array)
            #expect(entries.count == json["usage"]?["completion_tokens"]?.integer)
            #expect(entries.allSatisfy { ($0["logprob"]?.double ?? 1) <= 0 })
        }
        let format = try Fixtures.format()
        #expect(server.requests[0].tokens == (try format.prompt(for: [Message(.user, "hello")])))
        #expect(record.tree.calls.map(\.tokens) == [format.turn(saying: "good day")])
        #expect(record.tree.calls[0].spans[0].policy?.behaviorLogProbabilities.count == record.tree.calls[0].tokens.count)
    }

    @Test("a stream's pieces are the whole", arguments: [false, true])
    func streams(callsTools: Bool) async throws {
        let call = #"<tool_call>{"name": "look", "arguments": {"at": "the sky above, and the sea below it"}}</tool_call>"#
        let words = "<think>let me see</think>\nI say something that is rather long. " + (callsTools ? call : "")
        _ = try await serving(ScriptedServer(saying: [words])) { served in
            let asked = asking(["tools": tools])
            let whole = try await served.post("/chat/completions", asked).json["choices"]?[0]
            let streaming: JSONObject = ["tools": tools, "stream": true, "stream_options": ["include_usage": true]]
            let events = try await served.events("/chat/completions", asking(streaming))
            #expect(events.last == "[DONE]")
            let pieces = try events.dropLast().map { try JSONValue(parsing: $0) }
            #expect(pieces.allSatisfy { $0["object"]?.string == "chat.completion.chunk" })
            #expect(pieces.last?["usage"]?["completion_tokens"]?.integer ?? 0 > 0)
            let deltas = pieces.compactMap { $0["choices"]?[0]?["delta"] }
            let content = deltas.compactMap { $0["content"]?.string }.joined()
            #expect(content == whole?["message"]?["content"]?.string)
            #expect(deltas.compactMap { $0["reasoning_content"]?.string }.joined() == "let me see")
            let finishes = pieces.compactMap { $0["choices"]?[0]?["finish_reason"]?.string }
            #expect(finishes == [callsTools ? "tool_calls" : "stop"])
            let calls = deltas.compactMap { $0["tool_calls"]?[0] }
            let arguments = calls.compactMap { $0["function"]?["arguments"]?.string }.joined()
            let whatWhole = whole?["message"]?["tool_calls"]?[0]
            #expect(arguments == whatWhole?["function"]?["arguments"]?.string ?? "")
            #expect(calls.first?["function"]?["name"]?.string == (callsTools ? "look" : nil))
        }
    }

    @Test("a conversation with tools, as the agent sends it back, is one sample")
    func continuesWithTools() async throws {
        let server = ScriptedServer(saying: [#"<tool_call>{"name": "look", "arguments": {"at": 1}}</tool_call>"#, "yes"])
        let record = try await serving(server) { served in
            let first = try await served.post("/chat/completions", asking(["tools": tools])).json["choices"]?[0]
            let said = try #require(first?["message"])
            #expect(said["content"]?.isNull == true)
            #expect(said["tool_calls"]?[0]?["function"]?["arguments"]?.string == #"{"at": 1}"#)
            let id = try #require(said["tool_calls"]?[0]?["id"])
            let messages: JSONValue = [
                user("hello"), said, ["role": "tool", "tool_call_id": id, "content": "a bird"],
            ]
            let second = try await served.post("/chat/completions", ["messages": messages, "tools": tools]).json
            #expect(second["choices"]?[0]?["message"]?["content"]?.string == "yes")
        }
        let samples = try record.tree.samples().map(\.trajectory)
        #expect(samples.count == 1 && samples[0].spans.count == 4)
        let text = try Fixtures.format().tokenizer.decode(samples[0].tokens)
        #expect(text.contains("<tool_response>a bird</tool_response>"))
    }

    @Test("text completions, and the list of models")
    func answersOthers() async throws {
        let server = ScriptedServer(saying: ["one. two"])
        _ = try await serving(server) { served in
            let (status, json) = try await served.post("/completions", ["prompt": "zero", "stop": ".", "max_tokens": 40])
            #expect(status == 200 && json["choices"]?[0]?["text"]?.string == "one")
            let models = try await served.client.send(HTTPRequest(.get, served.url + "/models"))
            #expect(try JSONValue(parsing: models.body)["data"]?[0]?["id"]?.string == "policy")
        }
        #expect(server.requests[0].sampling.stopStrings == ["."])
    }

    @Test("the run decides how tokens are drawn")
    func overridesSampling() async throws {
        let server = ScriptedServer(saying: ["good day"])
        let other = asking(["temperature": 0, "top_p": 0.5, "seed": 4, "max_tokens": 3])
        let record = try await serving(server) { served in
            let status = try await served.post("/chat/completions", other).status
            #expect(status == 200)
        }
        #expect(server.requests[0].sampling.temperature == 1 && server.requests[0].sampling.topP == 1)
        #expect(server.requests[0].sampling.maximumNewTokens == 3)
        #expect(record.overridden == ["temperature": 1, "top_p": 1])
        #expect(record.exhaustion == nil)
        let refused = try await serving(server, authority: .refuse) { served in
            let refusal = try await served.post("/chat/completions", other).status
            #expect(refusal == 400)
            let answer = try await served.post("/chat/completions", asking(["temperature": 1.0])).status
            #expect(answer == 200)
        }
        #expect(refused.refused == 1 && refused.tree.calls.count == 1)
    }

    @Test(
        "garbage is refused in OpenAI's form and leaves the episode as it was",
        arguments: [
            "", "{", "[]", "3", "{}", #"{"messages": []}"#, #"{"messages": 3}"#, #"{"messages": [3]}"#,
            #"{"messages": [{"role": "ghost", "content": "x"}]}"#, #"{"messages": [{"role": "user", "content": 3}]}"#,
            #"{"messages": [{"role": "user", "content": "x"}], "n": 2}"#,
            #"{"messages": [{"role": "user", "content": "x"}], "max_tokens": 0}"#,
            #"{"messages": [{"role": "user", "content": "x"}], "response_format": {"type": "json_object"}}"#,
            #"{"messages": [{"role": "user", "content": "x"}], "tool_choice": "required"}"#,
            #"{"messages": [{"role": "user", "content": "x"}], "stream": "yes"}"#,
        ])
    func refusesGarbage(body: String) async throws {
        let record = try await serving(ScriptedServer(saying: ["x"])) { served in
            let (status, json) = try await served.post("/chat/completions", raw: Array(body.utf8))
            #expect(status == 400)
            #expect(json["error"]?["message"]?.string?.isEmpty == false)
            #expect(json["error"]?["type"]?.string == "invalid_request_error")
        }
        #expect(record.begun == 0 && record.refused == 1 && record.failure == nil)
    }

    @Test("other paths, other methods and other episodes' addresses are refused")
    func refusesStrangers() async throws {
        _ = try await serving(ScriptedServer(saying: ["x"])) { served in
            let unknown = try await served.post("/responses", question).status
            #expect(unknown == 404)
            let wrongMethod = try await served.client.send(HTTPRequest(.get, served.url + "/chat/completions")).status
            #expect(wrongMethod == 405)
            let parts = served.url.split(separator: "/").map(String.init)
            let strange = "http://\(parts[1])/e/whet-nobody/v1/chat/completions"
            let stranger = try await served.client.send(HTTPRequest.post(strange, json: question)).status
            #expect(stranger == 401)
        }
    }

    @Test("limits: calls, tokens, context")
    func keepsLimits() async throws {
        let server = ScriptedServer(saying: ["good day"])
        let used = try Fixtures.format().turn(saying: "good day").count
        var limits = EpisodeLimits(sampling: SamplingParameters(maximumNewTokens: 100), maximumTurns: 1)
        let calls = try await serving(server, limits: limits) { served in
            let first = try await served.post("/chat/completions", question).status
            #expect(first == 200)
            let (status, json) = try await served.post("/chat/completions", question)
            #expect(status == 400 && json["error"]?["code"]?.string == "episode_over")
        }
        #expect(calls.exhaustion?.contains("1 calls") == true && calls.tree.calls.count == 1)
        limits = EpisodeLimits(sampling: SamplingParameters(maximumNewTokens: used + 1), maximumTurns: 9)
        let tokens = try await serving(server, limits: limits) { served in
            let first = try await served.post("/chat/completions", question).status
            #expect(first == 200)
            let cut = try await served.post("/chat/completions", question).json
            #expect(cut["choices"]?[0]?["finish_reason"]?.string == "length")
            let late = try await served.post("/chat/completions", question).status
            #expect(late == 400)
        }
        #expect(tokens.sampledTokens == used + 1 && tokens.exhaustion != nil)
        limits = EpisodeLimits(sampling: SamplingParameters(maximumNewTokens: 100), maximumTurns: 9, maximumContext: 3)
        let context = try await serving(server, limits: limits) { served in
            let (status, json) = try await served.post("/chat/completions", question)
            #expect(status == 400 && json["error"]?["code"]?.string == "context_length_exceeded")
        }
        #expect(context.exhaustion == nil && context.begun == 0)
    }

    @Test("a seed belongs to a prompt, not to the order of calls")
    func seedsByPrompt() async throws {
        func seeds(_ texts: [String]) async throws -> [[Int32]: UInt64] {
            let server = ScriptedServer(saying: ["x"])
            _ = try await serving(server) { served in
                for text in texts { _ = try await served.post("/chat/completions", ["messages": [user(text)]]) }
            }
            return Dictionary(server.requests.map { ($0.tokens, $0.seed) }) { first, _ in first }
        }
        let (forwards, backwards) = (try await seeds(["a", "b"]), try await seeds(["b", "a"]))
        #expect(forwards == backwards)
        let server = ScriptedServer(saying: ["x"])
        _ = try await serving(server) { served in
            for _ in 0..<2 { _ = try await served.post("/chat/completions", question) }
        }
        #expect(server.requests[0].seed != server.requests[1].seed)
    }
}
