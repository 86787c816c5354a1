import Foundation
import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetInference

@Suite("OpenAI-compatible server")
struct OpenAIServerTests {
    private let client: HTTPClient

    init() throws { client = try HTTPClient() }

    private let byRequestID = InferenceCapabilities(
        logProbabilities: .raw, abort: .byRequestID, publication: .directory, reportsVersion: false)
    private let byClosing = InferenceCapabilities(
        logProbabilities: .raw, abort: .byClosing, publication: .none, reportsVersion: false)

    private func server(
        _ canned: CannedServer, _ capabilities: InferenceCapabilities, _ flavor: OpenAIServer.Flavor = .vllm
    ) -> OpenAIServer {
        OpenAIServer(
            url: canned.url, model: "m", flavor: flavor, client: client, settings: .quick, capabilities: capabilities)
    }

    // As vLLM 0.32 answers, with what nobody reads left out.
    private static func completion(_ ids: String, _ numbers: String, finish: String = #""stop""#) -> String {
        #"{"id":"cmpl-1","choices":[{"index":0,"text":"x","token_ids":\#(ids),"#
            + #""logprobs":{"token_logprobs":\#(numbers)},"finish_reason":\#(finish)}]}"#
    }
    private static let usage =
        #"{"choices":[],"usage":{"prompt_tokens":3,"prompt_tokens_details":{"cached_tokens":2}}}"#
    private static let stream = [
        completion("[4,5]", "[-0.5,-0.25]", finish: "null"), completion("[6]", "[-1]", finish: "null"),
        completion("[]", "[]", finish: #""length""#), usage, "[DONE]",
    ]

    @Test("ids and log-probabilities of a whole answer")
    func whole() async throws {
        let canned = try CannedServer(replies: .json(OpenAIServerTests.completion("[4,5]", "[-0.5,0]")))
        let generation = try await server(canned, byRequestID).generate(request("r"))
        #expect(generation.tokens == [4, 5])
        #expect(generation.logProbabilities == [-0.5, 0])
        #expect(generation.finish == .stop)
        #expect(generation.version == nil)
        let sent = try #require(canned.requests.first)
        #expect(sent.headers["X-Request-Id"] == "r~1~")
        let body = try JSONValue(parsing: sent.body)
        #expect(body["prompt"] == [1, 2, 3])
        #expect(body["return_token_ids"] == true)
        #expect(body["max_tokens"] == 16)
        #expect(body["top_k"] == -1)
    }

    @Test("llama.cpp's ids stand with the log-probabilities")
    func llamaCpp() async throws {
        let content = #"[{"id":4,"token":"x","logprob":-0.5},{"id":5,"token":"y","logprob":-0.25}]"#
        let canned = try CannedServer(
            replies: .events([
                #"{"choices":[{"text":"xy","logprobs":{"content":\#(content)},"finish_reason":"length"}]}"#, "[DONE]",
            ]))
        let generation = try await server(canned, byClosing, .llamaCpp).generate(request())
        #expect(generation.tokens == [4, 5])
        #expect(generation.logProbabilities == [-0.5, -0.25])
        #expect(generation.finish == .length)
    }

    @Test("a stream is put together")
    func streamed() async throws {
        let canned = try CannedServer(replies: .events(OpenAIServerTests.stream))
        let generation = try await server(canned, byClosing).generate(request())
        #expect(generation.tokens == [4, 5, 6])
        #expect(generation.logProbabilities == [-0.5, -0.25, -1])
        #expect(generation.finish == .length)
        #expect(generation.cachedTokens == 2)
    }

    @Test("an abort by id goes to the name that vLLM knows")
    func abortByID() async throws {
        let gate = Gate()
        let canned = try CannedServer { request in
            if request.path == "/abort_requests" {
                if request.text == #"{"request_ids":["cmpl-r~1~-0"]}"# { gate.open() }
                return .json(#"{"status": "aborted", "aborted": 1}"#)
            }
            return .held(by: gate, .json(OpenAIServerTests.completion("[4]", "[-1]", finish: #""abort""#)))
        }
        let server = server(canned, byRequestID)
        async let generation = server.generate(request("r"))
        await canned.until { $0.requests == 1 }
        try await server.abort(requestID: "r")
        #expect(try await generation.tokens == [4])
        #expect(try await generation.finish == .abort)
    }

    @Test("an abort of a stream closes it and keeps what had come")
    func abortByClosing() async throws {
        let head = CannedReply.head(200, ["Content-Type: text/event-stream", "Transfer-Encoding: chunked"])
        let first = CannedReply.chunk("data: \(OpenAIServerTests.completion("[4,5]", "[-1,-2]", finish: "null"))\n\n")
        let canned = try CannedServer(replies: CannedReply([.send(head + first), .hold(Gate())]))
        let server = server(canned, byClosing)
        let task = Task { try await server.generate(request("r")) }
        await canned.until { $0.requests == 1 }
        // Whether the first event is read before the abort is the scheduler's business; both are right.
        try await server.abort(requestID: "r")
        let generation = try await task.value
        #expect([[], [4, 5]].contains(generation.tokens))
        #expect(generation.finish == .abort)
        await canned.until { $0.closedEarly == 1 }
    }

    @Test("a stream that is cut keeps what had come; one that is cut before the first token is tried again")
    func cutStream() async throws {
        let head = CannedReply.head(200, ["Content-Type: text/event-stream", "Transfer-Encoding: chunked"])
        let first = CannedReply.chunk("data: \(OpenAIServerTests.stream[0])\n\n")
        let canned = try CannedServer(
            replies: CannedReply([.send(head), .close]), CannedReply([.close]), .status(503),
            CannedReply([.send(head + first), .close]))
        let generation = try await server(canned, byClosing).generate(request())
        #expect(generation.tokens == [4, 5])
        #expect(generation.finish == .abort)
        #expect(canned.counts.requests == 4)
    }

    @Test(
        "what lacks ids, or says too much or too little, is refused",
        arguments: [
            #"{"choices":[{"text":"x","finish_reason":"stop"}]}"#, "{}", "[]", "nonsense", #"{"choices":[]}"#,
            completion("[4,5]", "[-1]"), completion("[4]", "[-1,-2]"), completion("[4]", "[null]"),
            completion("[4]", "[1]"),
            completion("[-4]", "[-1]"), completion(#"["4"]"#, "[-1]"), completion("[4]", "[-1]", finish: #""odd""#),
            completion("null", "[]"), #"{"error":{"message":"out of memory"}}"#,
        ])
    func nonsense(text: String) async throws {
        for capabilities in [byRequestID, byClosing] {
            let reply: CannedReply = capabilities == byRequestID ? .json(text) : .events([text, "[DONE]"])
            let canned = try CannedServer(replies: reply)
            await #expect(throws: (any Error).self) { try await server(canned, capabilities).generate(request()) }
        }
    }

    @Test("weights are taken up in place, and no generation is under way meanwhile")
    func publish() async throws {
        let gate = Gate()
        let canned = try CannedServer { request in
            switch request.path {
            case "/v1/completions": .held(by: gate, .json(OpenAIServerTests.completion("[4]", "[-1]")))
            case "/weight_info": .json(#"{"weight_version": "5"}"#)
            default: .json("{}")
            }
        }
        let server = server(canned, byRequestID)
        async let before = server.generate(request("before"))
        await canned.until { $0.requests == 1 }
        async let published: Void = server.publish(directory: URL(filePath: "/tmp/w"), version: PolicyVersion(5))
        // Whatever happens in which order, the publication may only begin when the generation has ended.
        gate.open()
        #expect(try await before.version == nil)
        try await published
        let paths = canned.requests.map(\.path)
        #expect(
            paths == [
                "/v1/completions", "/collective_rpc", "/reset_prefix_cache", "/update_weight_version", "/weight_info",
            ])
        #expect(try JSONValue(parsing: canned.requests[1].body)["kwargs"]?["weights_path"] == "/tmp/w")
        #expect(try await server.generate(request("after")).version == PolicyVersion(5))
    }

    @Test("a server that still has the old weights is found out")
    func publishLies() async throws {
        let canned = try CannedServer { $0.path == "/weight_info" ? .json(#"{"weight_version": "4"}"#) : .json("{}") }
        await #expect(throws: WhetError.self) {
            try await server(canned, byRequestID).publish(directory: URL(filePath: "/tmp/w"), version: PolicyVersion(5))
        }
    }

    @Test("sampling whose log-probabilities the trainer could not compute is refused before it is sent")
    func refusal() async throws {
        let canned = try CannedServer(replies: .json(OpenAIServerTests.completion("[4]", "[-1]")))
        var request = request()
        request.sampling.temperature = 0.7
        let server = server(canned, byRequestID)
        let hot = request
        await #expect(throws: WhetError.self) { try await server.generate(hot) }
        #expect(canned.counts.requests == 0)
        var renormalized = byRequestID
        renormalized.logProbabilities = .renormalized
        #expect(renormalized.refusal(of: request.sampling) == nil)
        request.sampling.topP = 0.9
        #expect(renormalized.refusal(of: request.sampling) != nil)
        #expect(InferenceCapabilities.sglang.refusal(of: request.sampling) == nil)
    }
}
