import Foundation
import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetInference

@Suite("SGLang server")
struct SGLangServerTests {
    private let client: HTTPClient

    init() throws { client = try HTTPClient() }

    private func server(_ canned: CannedInference, _ settings: InferenceSettings = .quick) -> SGLangServer {
        SGLangServer(url: canned.url, client: client, settings: settings)
    }

    @Test("ids, log-probabilities and version come back as the server gave them")
    func generate() async throws {
        let canned = try CannedInference { _ in .init([10, 11, 2]) }
        canned.weightVersion = "3"
        let generation = try await server(canned).generate(request())
        #expect(generation.tokens == [10, 11, 2])
        #expect(generation.logProbabilities == [10, 11, 2].map(CannedInference.logProbability))
        #expect(generation.finish == .stop)
        #expect(generation.version == PolicyVersion(3))
        #expect(generation.promptTokens == 3)
    }

    @Test("what is sent is what SGLang reads")
    func wire() async throws {
        let canned = try CannedInference { _ in .init([1]) }
        var request = request("run-4.2", tokens: [5, 6], seed: .max)
        request.sampling = SamplingParameters(
            temperature: 0.5, topP: 0.25, topK: 4, maximumNewTokens: 9, stopStrings: ["\n\"x"], stopTokens: [2, 3])
        _ = try await server(canned).generate(request)
        let body = try JSONValue(parsing: try #require(canned.server.requests.first).body)
        let expected: JSONValue = [
            "rid": "run-4.2~1~", "input_ids": [5, 6],
            "sampling_params": [
                "max_new_tokens": 9, "temperature": 0.5, "top_p": 0.25, "top_k": 4, "stop": ["\n\"x"],
                "stop_token_ids": [2, 3], "sampling_seed": .integer(.max), "no_stop_trim": true,
                "skip_special_tokens": false, "spaces_between_special_tokens": false,
            ],
            "return_logprob": true, "stream": false,
        ]
        #expect(body == expected)
    }

    @Test("a stock server's version name is no version")
    func stockVersion() async throws {
        let canned = try CannedInference { _ in .init([1]) }
        canned.weightVersion = "default"
        #expect(try await server(canned).generate(request()).version == nil)
        #expect(try await server(canned).policyVersion() == nil)
    }

    @Test("every fault is outlived, under a new request id each", arguments: Fault.allCases)
    func faults(fault: Fault) async throws {
        let good =
            #"{"text":"x","meta_info":{"finish_reason":{"type":"stop"},"output_token_logprobs":[[-1.5,4,null]]}}"#
        let front = try CannedServer(replies: fault.reply(insteadOf: good), fault.reply(insteadOf: good), .json(good))
        let server = SGLangServer(url: front.url, client: client, settings: .quick)
        let generation = try await server.generate(request("a"))
        #expect(generation.tokens == [4])
        #expect(generation.logProbabilities == [-1.5])
        let ids = try front.requests.map { try JSONValue(parsing: $0.body)["rid"]?.string }
        #expect(ids == ["a~1~", "a~2~", "a~3~"])
    }

    @Test("a fault that stays is an error, never a generation", arguments: Fault.allCases)
    func faultForGood(fault: Fault) async throws {
        let good =
            #"{"text":"x","meta_info":{"finish_reason":{"type":"stop"},"output_token_logprobs":[[-1.5,4,null]]}}"#
        let front = try CannedServer(replies: fault.reply(insteadOf: good))
        let server = SGLangServer(url: front.url, client: client, settings: .quick)
        await #expect(throws: (any Error).self) { try await server.generate(request()) }
        #expect(front.counts.requests == 4)
    }

    @Test("faults change when generations come, never which", arguments: [1, 2, 3] as [UInt64])
    func faultyServer(seed: UInt64) async throws {
        let canned = try CannedInference(faults: FaultPlan(seed: seed, share: 0.2)) { question in
            .init([Int32(question.seed % 1000), question.tokens.last!])
        }
        var settings = InferenceSettings.quick
        settings.retry.maximumTries = 12
        let server = server(canned, settings)
        let generations = try await withThrowingTaskGroup(of: (Int, Generation).self) { group in
            for index in 0..<200 {
                group.addTask {
                    (
                        index,
                        try await server.generate(request("r\(index)", tokens: [Int32(index)], seed: UInt64(index)))
                    )
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for index in 0..<200 { #expect(generations[index]?.tokens == [Int32(index), Int32(index)]) }
        #expect(canned.server.counts.requests > 200)
    }

    @Test("a refusal is final")
    func refusal() async throws {
        let front = try CannedServer(replies: .json(#"{"error": {"message": "too long"}}"#, status: 400))
        let server = SGLangServer(url: front.url, client: client, settings: .quick)
        await #expect(throws: HTTPError.self) { try await server.generate(request()) }
        #expect(front.counts.requests == 1)
    }

    @Test("the key is sent and not shown")
    func apiKey() async throws {
        let front = try CannedServer(replies: .status(403, body: "wrong key"))
        var settings = InferenceSettings.quick
        settings.apiKey = "hunter2"
        do {
            _ = try await SGLangServer(url: front.url, client: client, settings: settings).generate(request())
            Issue.record("403 is no answer")
        } catch {
            #expect(!"\(error)".contains("hunter2"))
        }
        #expect(front.requests.first?.headers["Authorization"] == "Bearer hunter2")
    }

    @Test(
        "what no server could answer is not sent",
        arguments: [
            request(""), request("a~b"), request(tokens: []), request(tokens: [1, -1]), request(new: 0),
        ])
    func invalidRequests(request: GenerationRequest) async throws {
        let canned = try CannedInference { _ in .init([1]) }
        await #expect(throws: WhetError.self) { try await server(canned).generate(request) }
        #expect(canned.server.counts.requests == 0)
    }

    // MARK: Abort

    @Test("an abort brings back what there was", arguments: [[], [7, 8, 9]] as [[Int32]])
    func abort(partial: [Int32]) async throws {
        let canned = try CannedInference { _ in .init(partial, waitsForAbort: true) }
        let server = server(canned)
        async let generation = server.generate(request("long"))
        await canned.server.until { $0.requests == 1 }
        try await server.abort(requestID: "long")
        #expect(try await generation.tokens == partial)
        #expect(try await generation.finish == .abort)
        #expect(Set(canned.aborts) == ["long~1~"])
    }

    @Test("an abort touches no request whose id only begins alike")
    func abortIsExact() async throws {
        let canned = try CannedInference { _ in .init([1], waitsForAbort: true) }
        let server = server(canned)
        async let one = server.generate(request("run-1"))
        async let eleven = server.generate(request("run-11"))
        await canned.server.until { $0.requests == 2 }
        try await server.abort(requestID: "run-1")
        _ = try await one
        #expect(canned.aborts.allSatisfy { !"run-11~1~".hasPrefix($0) })
        try await server.abort(requestID: "run-11")
        _ = try await eleven
    }

    @Test("nothing under way, nothing aborted")
    func abortOfNothing() async throws {
        let canned = try CannedInference { _ in .init([1]) }
        let server = server(canned)
        _ = try await server.generate(request("done"))
        try await server.abort(requestID: "done")
        try await server.abort(requestID: "never")
        #expect(canned.aborts.isEmpty)
    }

    @Test("an abort between two tries prevents the next")
    func abortWhileWaiting() async throws {
        let front = try CannedServer(replies: .status(500))
        var settings = InferenceSettings.quick
        settings.retry = RetryPolicy(maximumTries: 9, firstDelay: .milliseconds(300), maximumDelay: .milliseconds(300))
        let server = SGLangServer(url: front.url, client: client, settings: settings)
        async let generation = server.generate(request("r"))
        await front.until { $0.replies == 1 }
        try await server.abort(requestID: "r")
        #expect(try await generation.finish == .abort)
        #expect(try await generation.tokens == [])
        #expect(front.requests.count { $0.path == "/generate" } == 1)
    }

    @Test("an abort is sent until the request has ended, and cancelling the call ends it")
    func abortIsRepeated() async throws {
        let front = try CannedServer { $0.path == "/generate" ? .silence : .json("{}") }
        let server = SGLangServer(url: front.url, client: client, settings: .quick)
        let task = Task { try await server.generate(request("deaf")) }
        await front.until { $0.requests == 1 }
        async let aborted: Void = server.abort(requestID: "deaf")
        await front.until { $0.requests >= 3 }
        task.cancel()
        try await aborted
        await #expect(throws: HTTPError.self) { try await task.value }
        await front.until { $0.closedEarly == 1 }
        #expect(front.requests.count { $0.path == "/abort_request" } >= 2)
    }

    @Test("a server that goes on regardless is reported")
    func abortIgnored() async throws {
        let front = try CannedServer { $0.path == "/generate" ? .silence : .json("{}") }
        var settings = InferenceSettings.quick
        settings.abortTimeout = .milliseconds(50)
        let server = SGLangServer(url: front.url, client: client, settings: settings)
        let task = Task { try await server.generate(request("deaf")) }
        await front.until { $0.requests == 1 }
        await #expect(throws: WhetError.self) { try await server.abort(requestID: "deaf") }
        task.cancel()
        _ = await task.result
    }

    @Test("an id serves one request at a time")
    func doubleID() async throws {
        let canned = try CannedInference { _ in .init([1], waitsForAbort: true) }
        let server = server(canned)
        async let first = server.generate(request("same"))
        await canned.server.until { $0.requests == 1 }
        await #expect(throws: WhetError.self) { try await server.generate(request("same")) }
        try await server.abort(requestID: "same")
        _ = try await first
    }

    // MARK: Weights

    @Test("publishing is done when the server says so")
    func publish() async throws {
        let canned = try CannedInference { _ in .init([1]) }
        let server = server(canned)
        try await server.publish(directory: URL(filePath: "/tmp/weights of step 4"), version: PolicyVersion(4))
        #expect(canned.directories == ["/tmp/weights of step 4"])
        #expect(try await server.policyVersion() == PolicyVersion(4))
        #expect(try await server.generate(request()).version == PolicyVersion(4))
    }

    @Test(
        "a server that refuses weights, or only says that it took them, is found out",
        arguments: [
            CannedInference.Publication.refuses, .lies,
        ])
    func publishFails(publication: CannedInference.Publication) async throws {
        let canned = try CannedInference(publication: publication) { _ in .init([1]) }
        await #expect(throws: (any Error).self) {
            try await server(canned).publish(directory: URL(filePath: "/tmp"), version: PolicyVersion(4))
        }
    }

    @Test("health")
    func health() async throws {
        let canned = try CannedInference { _ in .init([1]) }
        try await server(canned).health()
        let sick = try CannedServer(replies: .status(503))
        await #expect(throws: HTTPError.self) {
            try await SGLangServer(url: sick.url, client: client, settings: .quick).health()
        }
    }
}
