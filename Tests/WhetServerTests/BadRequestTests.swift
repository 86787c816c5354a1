import Testing
import WhetCore
import WhetServer
import WhetTestSupport

@Suite("Bad requests", .timeLimit(.minutes(2)))
struct BadRequestTests {
    struct Case: CustomTestStringConvertible {
        let path: String
        let body: String
        var status = 400
        let parameter: String?
        /// What the message has to say.
        let words: String

        var testDescription: String { "\(path) \(body.prefix(60))" }
    }

    static let chat = #""messages":[{"role":"user","content":"hi"}]"#

    static let cases: [Case] = [
        Case(path: "/generate", body: "", parameter: nil, words: "cannot be read"),
        Case(path: "/generate", body: "{", parameter: nil, words: "cannot be read"),
        Case(path: "/generate", body: "[1]", parameter: nil, words: "not a JSON object"),
        Case(path: "/generate", body: "{}", parameter: "input_ids", words: "neither input_ids nor text"),
        Case(path: "/generate", body: #"{"input_ids":"abc"}"#, parameter: "input_ids", words: "list of token ids"),
        Case(path: "/generate", body: #"{"input_ids":[1,2.5]}"#, parameter: "input_ids", words: "list of token ids"),
        Case(path: "/generate", body: #"{"input_ids":[]}"#, parameter: "prompt", words: "no tokens"),
        Case(path: "/generate", body: #"{"input_ids":[1,640]}"#, parameter: "prompt", words: "from 0 to 639"),
        Case(path: "/generate", body: #"{"input_ids":[-1]}"#, parameter: "prompt", words: "-1 is no token"),
        Case(
            path: "/generate", body: #"{"input_ids":[1],"sampling_params":{"temperature":"hot"}}"#,
            parameter: "sampling_params.temperature", words: #"is "hot"; expected a number"#),
        Case(
            path: "/generate", body: #"{"input_ids":[1],"sampling_params":{"temperature":-1}}"#,
            parameter: "temperature",
            words: "0 for greedy"),
        Case(
            path: "/generate", body: #"{"input_ids":[1],"sampling_params":{"top_p":0}}"#, parameter: "top_p",
            words: "above 0"),
        Case(
            path: "/generate", body: #"{"input_ids":[1],"sampling_params":{"top_k":-2}}"#,
            parameter: "sampling_params.top_k", words: "at least -1"),
        Case(
            path: "/generate", body: #"{"input_ids":[1],"sampling_params":{"max_new_tokens":0}}"#,
            parameter: "sampling_params.max_new_tokens", words: "at least 1"),
        Case(
            path: "/generate", body: #"{"input_ids":[1],"sampling_params":{"min_p":0.1}}"#,
            parameter: "sampling_params.min_p", words: "leave the key out"),
        Case(
            path: "/generate", body: #"{"input_ids":[1],"sampling_params":{"stop":[1]}}"#,
            parameter: "sampling_params.stop",
            words: "a text or a list of texts"),
        Case(
            path: "/generate", body: #"{"input_ids":[1],"sampling_params":7}"#, parameter: "sampling_params",
            words: "an object"),
        Case(
            path: "/generate", body: #"{"input_ids":[1],"stream":"yes"}"#, parameter: "stream", words: "true or false"),
        Case(
            path: "/v1/completions", body: #"{"model":"gpt-4","prompt":"a"}"#, status: 404, parameter: "model",
            words: "does not exist"),
        Case(path: "/v1/completions", body: "{}", parameter: "prompt", words: "missing"),
        Case(path: "/v1/completions", body: #"{"prompt":{"a":1}}"#, parameter: "prompt", words: "a list of token ids"),
        Case(path: "/v1/completions", body: #"{"prompt":[["a"]]}"#, parameter: "prompt", words: "a list of token ids"),
        Case(path: "/v1/completions", body: #"{"prompt":"a","echo":true}"#, parameter: "echo", words: "not prompts"),
        Case(path: "/v1/completions", body: #"{"prompt":"a","n":0}"#, parameter: "n", words: "from 1 to"),
        Case(
            path: "/v1/completions", body: #"{"prompt":"a","logprobs":21}"#, parameter: "logprobs",
            words: "from 0 to 20"),
        Case(path: "/v1/completions", body: #"{"prompt":"a","stop":""}"#, parameter: "stop", words: "an empty text"),
        Case(
            path: "/v1/completions", body: #"{"prompt":"a","logit_bias":{"5":100}}"#, parameter: "logit_bias",
            words: "leave the key out"),
        Case(
            path: "/v1/completions", body: #"{"prompt":"\#(String(repeating: "1 ", count: 300))"}"#,
            parameter: "prompt",
            words: "context holds 256"),
        Case(path: "/v1/chat/completions", body: "{}", parameter: "messages", words: "missing"),
        Case(path: "/v1/chat/completions", body: #"{"messages":[]}"#, parameter: "messages", words: "at least one"),
        Case(
            path: "/v1/chat/completions", body: #"{"messages":[{"content":"x"}]}"#, parameter: "messages.0",
            words: "no role"),
        Case(
            path: "/v1/chat/completions", body: #"{"messages":[{"role":"usr","content":"x"}]}"#,
            parameter: "messages.0",
            words: #"did you mean "user""#),
        Case(
            path: "/v1/chat/completions", body: "{\(chat),\"top_logprobs\":2}", parameter: "top_logprobs",
            words: "logprobs is not true"),
        Case(
            path: "/v1/chat/completions", body: "{\(chat),\"response_format\":{\"type\":\"json_object\"}}",
            parameter: "response_format", words: "not supported"),
        Case(
            path: "/v1/chat/completions", body: "{\(chat),\"stream\":true,\"n\":9999}", parameter: "n",
            words: "from 1 to"),
        Case(path: "/abort_request", body: "{}", parameter: "rid", words: "neither rid nor abort_all"),
        Case(path: "/abort_request", body: #"{"rid":""}"#, parameter: "rid", words: "neither rid nor abort_all"),
        Case(path: "/update_weights_from_disk", body: "{}", parameter: "model_path", words: "missing"),
        Case(
            path: "/update_weights_from_disk", body: #"{"model_path":"/x","weight_version":"new"}"#,
            parameter: "weight_version", words: "a whole number"),
        Case(path: "/tokenize", body: "{}", parameter: "prompt", words: "neither prompt nor messages"),
        Case(path: "/detokenize", body: #"{"tokens":"x"}"#, parameter: "tokens", words: "list of token ids"),
        Case(
            path: "/v1/completion", body: "{}", status: 404, parameter: nil, words: #"did you mean "/v1/completions""#),
        Case(path: "/health", body: "{}", status: 405, parameter: nil, words: "takes GET, not POST"),
    ]

    @Test("each gets a status and words that say what is wrong")
    func table() async throws {
        try await TestServer.serving { server in
            for sample in Self.cases {
                let (status, reply) = try await server.post(sample.path, raw: Array(sample.body.utf8))
                #expect(status == sample.status, "\(sample.testDescription)")
                let message = reply["error"]?["message"]?.string ?? ""
                #expect(message.contains(sample.words), "\(sample.testDescription): \(message)")
                #expect(reply["error"]?["param"]?.string == sample.parameter, "\(sample.testDescription)")
                #expect(reply["error"]?["type"]?.string == "invalid_request_error")
            }
            // And the server is as well as before.
            #expect(try await server.post("/generate", GenerateRouteTests.body([1])).status == 200)
            #expect(server.model.engine.statistics.running == 0)
        }
    }

    @Test("a body above the bound is refused with 413, whether its length is told or not")
    func largeBody() async throws {
        try await TestServer.serving(server: .init(maximumBodyBytes: 10_000)) { server in
            let body = Array(#"{"text":"\#(String(repeating: "a", count: 20_000))"}"#.utf8)
            let (status, reply) = try await server.post("/generate", raw: body)
            #expect(status == 413)
            #expect(reply["error"]?["code"] == "body_too_large")
            #expect(try await server.get("/health").status == 200)
        }
    }

    @Test("a path that takes POST says so to a GET")
    func wrongMethod() async throws {
        try await TestServer.serving { server in
            let (status, text) = try await server.get("/generate")
            #expect(status == 405)
            #expect(text.contains("takes POST, not GET"))
        }
    }

    @Test("keys that nobody knows are nobody's business")
    func unknownKeys() async throws {
        try await TestServer.serving { server in
            let (status, _) = try await server.post(
                "/v1/completions", ["prompt": "a", "max_tokens": 2, "user": "me", "metadata": ["x": 1], "stop": nil])
            #expect(status == 200)
        }
    }
}
