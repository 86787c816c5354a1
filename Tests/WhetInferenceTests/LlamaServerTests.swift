import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetInference

@Suite("llama.cpp")
struct LlamaServerTests {
    private let client: HTTPClient

    init() throws { client = try HTTPClient() }

    private func server(_ canned: CannedServer) -> OpenAIServer {
        OpenAIServer(
            ServerConnection(url: canned.url, client: client, settings: .quick), model: "m",
            capabilities: InferenceCapabilities(kind: .llamaCpp, logProbabilities: .raw, abort: .byClosing))
    }

    private static func event(_ ids: [Int32], predicted: Int, stop: String? = nil) -> String {
        let numbers = ids.map { #"{"id":\#($0),"logprob":-0.5}"# }.joined(separator: ",")
        return #"{"tokens":[\#(ids.map(String.init).joined(separator: ","))],"completion_probabilities":[\#(numbers)],"#
            + #""tokens_predicted":\#(predicted),"tokens_evaluated":3,"stop":\#(stop != nil)"#
            + (stop.map { #","stop_type":"\#($0)"}"# } ?? "}")
    }

    @Test(
        "ids go in and out by its own route",
        arguments: [("eos", FinishReason.stop), ("limit", .length), ("word", .stop)])
    func stream(stop: String, finish: FinishReason) async throws {
        let canned = try CannedServer(
            replies: .events([
                Self.event([4], predicted: 1), Self.event([5], predicted: 2), Self.event([], predicted: 2, stop: stop),
                "[DONE]",
            ]))
        let generation = try await server(canned).generate(request(seed: .max))
        #expect(generation.tokens == [4, 5])
        #expect(generation.logProbabilities == [-0.5, -0.5])
        #expect(generation.finish == finish)
        let sent = try #require(canned.requests.first)
        #expect(sent.path == "/completion")
        let body = try JSONValue(parsing: sent.body)
        #expect(body["prompt"] == [1, 2, 3])
        #expect(body["stream"] == true)
        #expect(body["seed"]?.integer.map { $0 < 1 << 32 } == true)
        #expect(body["post_sampling_probs"] == false)
    }

    @Test("a stream that leaves ids out is not believed: answers are whole from then on")
    func lostTokens() async throws {
        let canned = try CannedServer { request in
            request.text.contains(#""stream":true"#)
                ? .events([Self.event([4], predicted: 1), Self.event([6], predicted: 3), "[DONE]"])
                : .json(Self.event([4, 5, 6], predicted: 3, stop: "eos"))
        }
        let server = server(canned)
        for _ in 0..<2 { #expect(try await server.generate(request()).tokens == [4, 5, 6]) }
        #expect(canned.requests.map { $0.text.contains(#""stream":true"#) } == [true, false, false])
    }

    @Test("an abort closes the stream and keeps what had come")
    func abort() async throws {
        let head = CannedReply.head(200, ["Content-Type: text/event-stream", "Transfer-Encoding: chunked"])
        let first = CannedReply.chunk("data: \(Self.event([4], predicted: 1))\n\n")
        let canned = try CannedServer(replies: CannedReply([.send(head + first), .hold(Gate())]))
        let server = server(canned)
        let task = Task { try await server.generate(request("r")) }
        await canned.until { $0.requests == 1 }
        try await server.abort(requestID: "r")
        let generation = try await task.value
        #expect([[], [4]].contains(generation.tokens))
        #expect(!generation.wasInterrupted)
        await canned.until { $0.closedEarly == 1 }
    }

    @Test(
        "nonsense is refused",
        arguments: [
            #"{"tokens":[4],"completion_probabilities":[],"tokens_predicted":1,"stop":true,"stop_type":"eos"}"#,
            #"{"tokens":[],"completion_probabilities":[],"tokens_predicted":0,"stop":true,"stop_type":"odd"}"#,
            #"{"tokens":[],"completion_probabilities":[{"logprob":null}],"stop":true,"stop_type":"eos"}"#,
            #"{"error":{"message":"out of memory"}}"#, "[]", "nonsense",
        ])
    func nonsense(text: String) async throws {
        let canned = try CannedServer(replies: .events([text, "[DONE]"]))
        await #expect(throws: (any Error).self) { try await server(canned).generate(request()) }
    }
}
