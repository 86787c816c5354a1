import Foundation
import Synchronization
import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetChecklists

@Suite("A judge behind a server")
struct ServerJudgeTests {
    private func settings(_ change: (inout JudgeSettings) -> Void = { _ in }) -> JudgeSettings {
        var settings = JudgeSettings()
        settings.retry = RetryPolicy(maximumTries: 3, firstDelay: .milliseconds(1), maximumDelay: .milliseconds(2))
        change(&settings)
        return settings
    }

    private func judge(_ server: CannedServer, _ change: (inout JudgeSettings) -> Void = { _ in }) throws -> ServerJudge
    {
        try ServerJudge(url: server.url + "/v1/", model: "small", client: HTTPClient(), settings: settings(change))
    }

    /// Answers as a judge does, and says of each request which verdict it wants.
    private static func server(
        _ isMet: @escaping @Sendable (ReceivedRequest) -> Bool = { _ in true }
    ) throws -> CannedServer {
        try CannedServer { request in
            do { return .json(try JudgeBenchmark.cannedReply(to: request.body) { _ in isMet(request) }) } catch {
                return .status(400, body: "\(error)")
            }
        }
    }

    @Test("asks once, by schema, with the item and the dialogue")
    func request() async throws {
        let server = try Self.server()
        let judge = try judge(server) {
            $0.headers = ["Authorization": "Bearer secret"]
            $0.extraBody = ["top_k": 20]
        }
        #expect(try await judge.judge(.example()) == .met("it is fulfilled"))
        #expect(server.counts.requests == 1 && judge.votesAsked == 1)
        let request = try #require(server.requests.first)
        #expect(request.path == "/v1/chat/completions")
        #expect(request.headers["authorization"] == "Bearer secret")
        let body = try JSONValue(parsing: request.body)
        #expect(body["model"] == "small" && body["temperature"] == 0.6 && body["top_k"] == 20)
        #expect(body["response_format"]?["json_schema"]?["strict"] == true)
        #expect(body["messages"]?.array?.compactMap { $0["role"]?.string } == ["system", "user"])
        let read = try #require(ReadPrompt(prompt(of: request)))
        #expect(read.criterion["question"] == "Is a so?" && read.criterion["failure_examples"] == ["not a"])
        #expect(read.recording["current"]?[1]?["content.user_visible_reply"] == "It is done.")
        #expect(!judge.identity.contains("secret"))
    }

    @Test("asks in words where the server refuses a schema, and from then on")
    func fallback() async throws {
        let server = try CannedServer { request in
            guard !request.text.contains("response_format") else {
                return .json(#"{"error": "no such field"}"#, status: 422)
            }
            return .json((try? JudgeBenchmark.cannedReply(to: request.body)) ?? "")
        }
        let judge = try judge(server)
        #expect(try await judge.judge(.example("one")).isMet)
        #expect(try await judge.judge(.example("two")).isMet)
        #expect(server.requests.map { $0.text.contains("response_format") } == [true, false, false])
        let strict = try self.judge(server) { $0.form = .schema }
        #expect(try await !strict.judge(.example("one")).isKnown)
    }

    @Test("asks again after a failure, with another seed")
    func retries() async throws {
        let server = try CannedServer { request in
            switch request.index {
            case 0: .status(503)
            case 1: .json(JudgeBenchmark.completion(of: "It is met."))
            default: .json((try? JudgeBenchmark.cannedReply(to: request.body)) ?? "")
            }
        }
        #expect(try await judge(server).judge(.example()).isMet)
        let seeds = try server.requests.map { try JSONValue(parsing: $0.body)["seed"]?.integer }
        #expect(Set(seeds).count == 3)
        // The same question has the same seeds.
        let again = try Self.server()
        #expect(try await judge(again).judge(.example()).isMet)
        #expect(try again.requests.map { try JSONValue(parsing: $0.body)["seed"]?.integer } == [seeds[0]])
    }

    @Test(
        "a judgment that failed is unknown, with the reason",
        arguments: [
            (CannedReply.status(500, body: "no memory"), "500: no memory", 3), (.status(401), "API key", 1),
            (.json(JudgeBenchmark.completion(of: "yes")), "is not one JSON object: yes", 3),
            (.json(JudgeBenchmark.completion(of: "{", finish: "length")), "maximum_tokens", 3),
            (.json("{}"), "no reply", 3), (.json("not JSON"), "not JSON", 3),
            (.json(#"{"choices": [{"message": {"content": null}}]}"#), "no text", 3),
        ] as [(CannedReply, String, Int)])
    func failures(reply: CannedReply, words: String, tries: Int) async throws {
        let server = try CannedServer { _ in reply }
        let judgment = try await judge(server).judge(.example())
        #expect(!judgment.isKnown && judgment.reason.contains(words), "\(judgment.reason)")
        #expect(server.counts.requests == tries)
    }

    @Test("a judgment that takes too long is unknown")
    func deadline() async throws {
        let server = try CannedServer { _ in .silence }
        let judgment = try await judge(server) {
            $0.retry.deadline = .milliseconds(50)
            $0.timeouts.total = .milliseconds(20)
        }.judge(.example())
        #expect(!judgment.isKnown && judgment.reason.contains("no answer within"))
    }

    @Test("cancelling closes the calls under way, and those that wait never begin")
    func cancellation() async throws {
        let server = try CannedServer { _ in .silence }
        let judge = try judge(server) { $0.concurrency = 2 }
        let scorer = ChecklistScorer(judge: judge)
        let items = (0..<5).map { ChecklistItem.example("i\($0)", weight: 0.2) }
        let task = Task {
            try await scorer.judged(
                Dialogue([Message(.user, "u"), Message(.assistant, "a")]), by: Checklist(turns: [.init(items: items)]))
        }
        await server.until { $0.requests == 2 }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        await server.until { $0.closedEarly >= 2 }
        // One that waits may be let through before the cancelling has come to it, never all.
        #expect(judge.votesAsked < 5)
    }

    @Test("no more calls are under way than allowed")
    func concurrency() async throws {
        let gate = Gate()
        let server = try CannedServer { request in
            .held(by: gate, .json((try? JudgeBenchmark.cannedReply(to: request.body)) ?? ""))
        }
        let judge = try judge(server) { $0.concurrency = 3 }
        let judged = Task {
            try await withThrowingTaskGroup(of: Judgment.self) { group in
                for index in 0..<20 { group.addTask { try await judge.judge(.example("\(index)")) } }
                return try await group.reduce(into: [Judgment]()) { $0.append($1) }
            }
        }
        await server.until { $0.requests == 3 }
        #expect(judge.votesAsked == 3)
        gate.open()
        #expect(try await judged.value.count(where: \.isMet) == 20)
    }

    @Test(
        "the majority of votes decides, asked no further than needed",
        arguments: [
            ([true, true, true, true, true], 5, true, 3), ([true, false, true, true, false], 5, true, 4),
            ([false, false, true], 3, false, 2), ([true, false, false], 3, false, 3),
        ] as [([Bool], Int, Bool, Int)])
    func votes(says: [Bool], votes: Int, isMet: Bool, asked: Int) async throws {
        let server = try Self.server { says[$0.index] }
        let judge = try judge(server) {
            $0.votes = votes
            $0.concurrency = 1
        }
        let judgment = try await judge.judge(.example())
        #expect(judgment.isKnown && judgment.isMet == isMet)
        #expect(server.counts.requests == asked)
        let seeds = try server.requests.map { try JSONValue(parsing: $0.body)["seed"]?.integer }
        #expect(Set(seeds).count == asked)
    }

    @Test("unknown votes are for nobody")
    func unknownVotes() {
        func judgment(_ votes: [Judgment], of total: Int) -> Judgment {
            var count = Votes(of: total)
            for vote in votes { count.add(vote) }
            return count.judgment
        }
        let (met, not, unknown) = (Judgment.met("m"), Judgment.notMet("n"), Judgment.unknown("u"))
        #expect(judgment([met, unknown, met], of: 3).isMet)
        #expect(judgment([met, unknown, not], of: 3) == .unknown("1 for, 1 against, 1 unknown of 3 votes: u"))
        #expect(judgment([unknown, unknown, not], of: 3).isKnown == false)
        #expect(judgment([not, not, unknown], of: 3) == .notMet("2 of 2: n"))
        var count = Votes(of: 5)
        #expect(count.wanted == 3)
        for vote in [unknown, unknown, met] { count.add(vote) }
        #expect(count.wanted == 2)
        count.add(not)
        // Neither side can have three any longer.
        #expect(count.wanted == nil)
    }

    @Test("settings that are not possible are refused")
    func impossibleSettings() throws {
        let changes: [(inout JudgeSettings) -> Void] = [
            { $0.votes = 2 }, { $0.votes = 0 }, { $0.concurrency = 0 }, { $0.maximumTokens = 0 },
            { $0.temperature = -1 }, { $0.topP = 0 },
        ]
        for change in changes {
            var settings = JudgeSettings()
            change(&settings)
            #expect(throws: WhetError.self) {
                try ServerJudge(url: "http://127.0.0.1:1", model: "m", client: HTTPClient(), settings: settings)
            }
        }
    }
}

@Suite("What was judged before")
struct JudgmentCacheTests {
    @Test("scoring again makes no calls; another judge, item or answer does")
    func secondScoring() async throws {
        let server = try CannedServer { .json((try? JudgeBenchmark.cannedReply(to: $0.body)) ?? "") }
        let client = try HTTPClient()
        let cache = MemoryJudgmentCache()
        let judge = CachingJudge(try ServerJudge(url: server.url, model: "m", client: client), cache: cache)
        let scorer = ChecklistScorer(judge: judge)
        let checklist = Checklist(turns: [.init(items: (0..<3).map { .example("i\($0)", weight: 1.0 / 3) })])
        func dialogue(_ answer: String) throws -> Dialogue {
            try Dialogue([Message(.user, "u"), Message(.assistant, answer)])
        }

        let first = try await scorer.judged(dialogue("a"), by: checklist)
        #expect(server.counts.requests == 3 && cache.count == 3)
        #expect(try await scorer.judged(dialogue("a"), by: checklist) == first)
        #expect(server.counts.requests == 3)
        _ = try await scorer.judged(dialogue("b"), by: checklist)
        #expect(server.counts.requests == 6)
        // Ids and weights are not what a judge is asked, so a new weight asks nobody.
        var weighed = checklist
        weighed.turns[0].items[0].id = "other"
        weighed.turns[0].items[0].weight = 0.1
        _ = try await scorer.judged(dialogue("a"), by: weighed)
        #expect(server.counts.requests == 6)
        weighed.turns[0].items[0].passCondition = "something else"
        _ = try await scorer.judged(dialogue("a"), by: weighed)
        #expect(server.counts.requests == 7)
        let other = CachingJudge(try ServerJudge(url: server.url, model: "n", client: client), cache: cache)
        _ = try await ChecklistScorer(judge: other).judged(dialogue("a"), by: checklist)
        #expect(server.counts.requests == 10)
    }

    @Test("a failure is not kept")
    func failures() async throws {
        let cache = MemoryJudgmentCache()
        let failing = CachingJudge(ScriptedJudge { _ in .unknown("down") }, cache: cache)
        #expect(try await failing.judge(.example()) == .unknown("down"))
        #expect(cache.count == 0)
        let working = CachingJudge(ScriptedJudge { _ in .met("up") }, cache: cache)
        #expect(try await working.judge(.example()) == .met("up"))
        #expect(try await failing.judge(.example()) == .met("up"))
    }

    @Test("is known by all that it depends on")
    func keys() {
        let question = JudgmentQuestion.example()
        let key = question.key(for: "a")
        #expect(key.description.count == 64 && key == JudgmentQuestion.example().key(for: "a"))
        #expect(key != question.key(for: "b"))
        #expect(key != JudgmentQuestion.example("It is done!").key(for: "a"))
        #expect(
            key != JudgmentQuestion(item: question.item, recording: question.recording, repetition: 1).key(for: "a"))
        #expect(key != JudgmentQuestion.example(item: .example("b")).key(for: "a"))
    }

    @Test("a judgment is stored and read back")
    func json() throws {
        for judgment in [Judgment.met("m"), .notMet("n"), .unknown("u")] {
            #expect(try Judgment(json: judgment.json) == judgment)
        }
        for json: JSONValue in [nil, [:], ["met": 1, "reason": ""], ["met": true], ["reason": "x"]] {
            #expect(throws: WhetError.self) { try Judgment(json: json) }
        }
    }

    @Test(
        "SHA-256 gives the standard's digests",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (String(repeating: "a", count: 1000), "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"),
        ])
    func sha256(text: String, digest: String) {
        #expect(JudgmentKey(SHA256.digest(of: Array(text.utf8))).description == digest)
    }
}

@Suite("The judges' benchmark")
struct JudgeBenchmarkTests {
    @Test("counts what it does, and asks nothing the second time")
    func figures() async throws {
        let server = try CannedServer(records: false) { .json((try? JudgeBenchmark.cannedReply(to: $0.body)) ?? "") }
        let figures = try await JudgeBenchmark.figures(url: server.url, rollouts: 10, concurrency: 16)
        #expect(figures.judgments == 200 && figures.callsAgain == 0 && server.counts.requests == 200)
        #expect(figures.judgmentsPerSecond > 0)
    }
}
