import Testing
import WhetBackends
import WhetCore
import WhetHTTP
import WhetTestSupport
import WhetTinker

@Suite("Tinker session")
struct TinkerSessionTests {
    private let client: HTTPClient

    init() throws { client = try HTTPClient() }

    private func session(_ canned: CannedTinker, heartbeat: Duration = .seconds(10)) async throws -> TinkerSession {
        var settings = TinkerConnection.Settings.quick
        settings.heartbeat = heartbeat
        return try await TinkerSession.open(
            TinkerConnection(url: canned.url + "/api/v1/", client: client, settings: settings))
    }

    @Test("a session says that it lives, and no longer when it is closed")
    func heartbeats() async throws {
        let canned = try CannedTinker()
        let session = try await session(canned, heartbeat: .milliseconds(2))
        await canned.server.until { $0.requests > 3 }
        await session.close()
        let beats = canned.heartbeats
        #expect(beats > 1)
        _ = try await session.connection.models()
        #expect(canned.heartbeats == beats)
    }

    @Test("a session that is let go of beats no longer")
    func letGo() async throws {
        let canned = try CannedTinker()
        var session: TinkerSession? = try await session(canned, heartbeat: .milliseconds(2))
        await canned.server.until { $0.requests > 2 }
        let connection = try #require(session?.connection)
        session = nil
        let end = canned.heartbeats + 1
        for _ in 0..<50 { _ = try await connection.models() }
        #expect(canned.heartbeats <= end)
    }

    @Test("a session that the service forgot is known to be lost")
    func lostSession() async throws {
        let canned = try CannedTinker()
        let session = try await session(canned, heartbeat: .milliseconds(2))
        canned.restart()
        while !session.isLost { await Task.yield() }
        await session.close()
    }

    @Test("a result that takes long is asked for again")
    func patience() async throws {
        var settings = CannedTinker.Settings()
        settings.delays = 3
        let canned = try CannedTinker(settings)
        let session = try await session(canned)
        let made = try await session.perform(
            "create_model", ["session_id": .string(session.id), "base_model": "canned"])
        #expect(made.root["model_id"]?.string != nil)
        #expect(canned.count("retrieve_future") == 4)
    }

    @Test("every fault on the way is outlived", arguments: Fault.allCases)
    func faults(fault: Fault) async throws {
        let canned = try CannedTinker(intercept: { route, index in
            index < 2 && route != "create_session" ? fault.reply(insteadOf: "{}") : nil
        })
        let session = try await session(canned)
        let answer = try await session.perform(
            "create_model", ["session_id": .string(session.id), "base_model": "canned"])
        #expect(answer.root["model_id"] != nil)
    }

    @Test("a failure is told in the service's words", arguments: [
        (400, #"{"detail":"LoRA rank 99 must be between 1 and 32"}"#, "LoRA rank 99"),
        (422, #"{"detail":[{"loc":["body","data",0],"msg":"Field required"}]}"#, "body.data.0: Field required"),
        (400, #"{"error":"out of capacity"}"#, "out of capacity"), (403, "<html>no</html>", "no"),
    ])
    func refusals(status: Int, body: String, words: String) async throws {
        let canned = try CannedTinker(intercept: { route, _ in
            route == "create_model" ? .json(body, status: status) : nil
        })
        let session = try await session(canned)
        let refusal = await #expect(throws: TinkerRefusal.self) { try await session.perform("create_model", [:]) }
        #expect(refusal?.status == status)
        #expect(refusal?.description.contains(words) == true)
    }

    @Test("a body that says it failed did fail, whatever its status")
    func failedBody() async throws {
        let canned = try CannedTinker(intercept: { route, index in
            guard route == "retrieve_future" else { return nil }
            return index == 0 ? .json(#"{"type":"try_again","request_id":"1","queue_state":"active"}"#)
                : .json(#"{"error":"boom","category":"user"}"#)
        })
        let session = try await session(canned)
        let refusal = await #expect(throws: TinkerRefusal.self) {
            try await session.perform("create_model", ["session_id": .string(session.id), "base_model": "canned"])
        }
        #expect(refusal?.words == "boom")
        #expect(refusal?.route == "create_model")
    }
}
