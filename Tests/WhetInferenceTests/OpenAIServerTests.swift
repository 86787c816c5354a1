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
        kind: .vllm, logProbabilities: .raw, abort: .byRequestID, publications: [.directory], version: .onRequest)
    private let byClosing = InferenceCapabilities(kind: .openAI, logProbabilities: .raw, abort: .byClosing)

    private func server(_ canned: CannedServer, _ capabilities: InferenceCapabilities) -> OpenAIServer {
        OpenAIServer(
            ServerConnection(url: canned.url, client: client, settings: .quick), model: "m", capabilities: capabilities)
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

    @Test("ids may stand with the log-probabilities, as llama.cpp's OpenAI routes have them")
    func idsInContent() async throws {
        let content = #"[{"id":4,"token":"x","logprob":-0.5},{"id":5,"token":"y","logprob":-0.25}]"#
        let canned = try CannedServer(
            replies: .events([
                #"{"choices":[{"text":"xy","logprobs":{"content":\#(content)},"finish_reason":"length"}]}"#, "[DONE]",
            ]))
        let generation = try await server(canned, byClosing).generate(request())
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
