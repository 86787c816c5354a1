import Foundation
import Testing
import WhetCore
import WhetHTTP
import WhetServer
import WhetTestSupport

@testable import WhetEngine

@Suite("Aborts, weights and questions", .timeLimit(.minutes(2)))
struct ControlRouteTests {
    @Test("health, models, metrics, version")
    func questions() async throws {
        try await TestServer.serving { server in
            #expect(try await server.get("/health").status == 200)
            let models = try JSONValue(parsing: try await server.get("/v1/models").text)
            #expect(models["data"]?[0]?["id"] == "qwen3")
            #expect(models["data"]?[0]?["owned_by"] == "whet")
            #expect(models["data"]?[0]?["max_model_len"] == 256)
            #expect(try JSONValue(parsing: try await server.get("/get_weight_version").text) == ["weight_version": "0"])
            #expect(try JSONValue(parsing: try await server.get("/get_model_info").text)["vocab_size"] == 640)
            _ = try await server.post("/generate", GenerateRouteTests.body([1, 2, 3], tokens: 5))
            let metrics = try await server.get("/metrics").text
            #expect(metrics.contains("\nwhet_generation_tokens_total{model_name=\"qwen3\"} 5\n"))
            #expect(metrics.contains("\nwhet_prompt_tokens_total{model_name=\"qwen3\"} 3\n"))
            #expect(
                metrics.contains("whet_requests_finished_total{model_name=\"qwen3\",finished_reason=\"length\"} 1\n"))
        }
    }

    @Test("text to ids and back")
    func tokenize() async throws {
        try await TestServer.serving { server in
            let text = "Grüße, 12 and 30!"
            let reply = try await server.post("/tokenize", ["prompt": .string(text)]).json
            #expect(reply["tokens"]?.tokens == server.model.tokenizer.encode(text))
            #expect(reply["count"]?.integer == reply["tokens"]?.array?.count)
            let back = try await server.post("/detokenize", ["tokens": reply["tokens"] ?? []]).json
            #expect(back["prompt"]?.string == text)
            let chat = try await server.post("/tokenize", ["messages": [["role": "user", "content": "hi"]]]).json
            #expect(chat["count"]?.integer ?? 0 > 5)
        }
    }

    @Test("an abort returns what there is to the one who asked for it, and touches nobody else")
    func abort() async throws {
        try await TestServer.servingEndless { server in
            async let mine = server.post(
                "/generate", GenerateRouteTests.body([1, 2, 3], tokens: 900_000, rid: "mine~1~"))
            async let other = server.post(
                "/generate", GenerateRouteTests.body([1, 2, 3], tokens: 900_000, rid: "other"))
            try await server.until { $0.running == 2 && $0.generatedTokens > 20 }
            #expect(try await server.post("/abort_request", ["rid": "mine~1~"]).json == ["aborted": 1])
            let reply = try await mine.json
            let count = try #require(reply["output_ids"]?.array?.count)
            #expect(count > 0 && count < 900_000)
            #expect(reply["meta_info"]?["finish_reason"]?["type"] == "abort")
            #expect(reply["meta_info"]?["output_token_logprobs"]?.array?.count == count)
            #expect(server.model.engine.statistics.running == 1)
            #expect(try await server.post("/abort_request", ["abort_all": true]).json == ["aborted": 1])
            #expect(try await other.json["meta_info"]?["finish_reason"]?["type"] == "abort")
        }
    }

    @Test("an OpenAI call that is aborted says so")
    func abortCompletion() async throws {
        try await TestServer.servingEndless { server in
            let body: JSONValue = ["prompt": [1, 2], "n": 3, "max_tokens": 900_000, "rid": "many"]
            async let reply = server.post("/v1/completions", body)
            try await server.until { $0.running == 3 }
            #expect(try await server.post("/abort_request", ["rid": "many"]).json == ["aborted": 3])
            #expect(try await reply.json["choices"]?.array?.map { $0["finish_reason"] } == ["abort", "abort", "abort"])
        }
    }

    @Test("a client that goes frees its place", arguments: [true, false])
    func disconnect(streams: Bool) async throws {
        try await TestServer.servingEndless { server in
            guard case .object(var body) = GenerateRouteTests.body([1, 2, 3], tokens: 900_000) else { return }
            body["stream"] = .bool(streams)
            let request = HTTPRequest.post(server.url + "/generate", json: .object(body))
            let call = Task {
                if streams {
                    let stream = try await server.client.stream(request)
                    for try await _ in stream.body {}
                } else {
                    _ = try await server.client.send(request)
                }
            }
            try await server.until { $0.running == 1 && $0.generatedTokens > 5 }
            call.cancel()
            try await server.until { $0.running == 0 }
            #expect(server.model.engine.statistics.aborted == 1)
            _ = await call.result
        }
    }

    @Test("a full queue is refused with 503, and may be tried again")
    func fullQueue() async throws {
        let settings = GenerationEngine.Settings(maximumRunning: 1, maximumWaiting: 1, maximumCachedTokens: 1 << 24)
        try await TestServer.servingEndless(engine: settings) { server in
            let body = GenerateRouteTests.body([1, 2, 3], tokens: 900_000)
            async let first = server.post("/generate", body)
            async let second = server.post("/generate", body)
            try await server.until { $0.running == 1 && $0.waiting == 1 }
            let response = try await server.client.send(.post(server.url + "/generate", json: body))
            #expect(response.status == 503)
            #expect(response.headers["Retry-After"] == "1")
            await server.model.engine.abort(.all)
            #expect(try await first.status == 200)
            #expect(try await second.status == 200)
        }
    }

    @Test("new weights from a directory carry their version; wrong ones change nothing")
    func updateWeights() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "whet-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let old = try Model(directory: FixtureFolders.qwen3)
        let (new, other) = (folder.appending(path: "new"), folder.appending(path: "other"))
        try Model(configuration: old.configuration, seed: 5).write(to: new)
        var configuration = old.configuration
        configuration.layers += 1
        try Model(configuration: configuration, seed: 5).write(to: other)

        try await TestServer.serving { server in
            func sample() async throws -> JSONValue {
                try await server.post("/generate", GenerateRouteTests.body([1, 2, 3], temperature: 0)).json
            }
            let before = try await sample()
            for (path, words) in [(other, "another model"), (folder.appending(path: "none"), "none")] {
                let (status, reply) = try await server.post(
                    "/update_weights_from_disk", ["model_path": .string(path.path), "weight_version": "9"])
                #expect(status == 400)
                #expect(reply["success"] == false)
                #expect(reply["message"]?.string?.contains(words) == true)
            }
            #expect(try await sample()["output_ids"] == before["output_ids"])

            let (status, reply) = try await server.post(
                "/update_weights_from_disk", ["model_path": .string(new.path), "weight_version": "9"])
            #expect(status == 200)
            #expect(reply["success"] == true)
            let after = try await sample()
            #expect(after["meta_info"]?["weight_version"] == "9")
            #expect(after["output_ids"] != before["output_ids"])
            #expect(try JSONValue(parsing: try await server.get("/get_weight_version").text) == ["weight_version": "9"])

            // Back to the old weights: the old answer, so nothing of the new ones is left over.
            _ = try await server.post("/update_weights_from_disk", ["model_path": .string(FixtureFolders.qwen3.path)])
            let back = try await sample()
            #expect(back["output_ids"] == before["output_ids"])
            #expect(back["meta_info"]?["weight_version"] == "10")
        }
    }

    @Test("when the server ends, whoever waits gets what there is")
    func stop() async throws {
        let (replies, report) = AsyncStream<JSONValue>.makeStream()
        let client = try HTTPClient()
        try await TestServer.servingEndless { server in
            let url = server.url
            Task {
                let response = try await client.send(
                    .post(url + "/generate", json: GenerateRouteTests.body([1, 2, 3], tokens: 900_000)))
                report.yield(try JSONValue(parsing: response.body))
                report.finish()
            }
            try await server.until { $0.running == 1 && $0.generatedTokens > 5 }
        }
        var iterator = replies.makeAsyncIterator()
        #expect(await iterator.next()?["meta_info"]?["finish_reason"]?["type"] == "abort")
    }

    @Test("a port that somebody has is an error in words")
    func takenPort() async throws {
        try await TestServer.serving { server in
            let port = try #require(URL(string: server.url)?.port)
            let error = await #expect(throws: WhetError.self) {
                try await TestServer.serving(server: .init(port: port)) { _ in }
            }
            #expect(error?.problem.contains("cannot listen on 127.0.0.1:\(port)") == true)
        }
    }
}
