import Testing
import WhetCore
import WhetStore
import WhetTraining

@Suite("whet rollouts export --format jsonl")
struct RolloutRecordTests {
    /// Of every kind: several conversations, versions and turns; steps judged; failed, resumed, held out.
    private func rollouts() throws -> [Rollout] {
        var whole = try Rollout.sample(0, 0, reward: -0.1)
        try whole.trajectory.append(TokenSpan(.environment, tokens: [9]))
        try whole.trajectory.append(.policy([6, 7], [-3.4028235e38, -0.0], version: 4))
        var other = TokenTrajectory()
        try other.append(TokenSpan(.prompt, tokens: [8]))
        try other.append(.policy([.max], [-1.1754944e-38], version: 3))
        whole.siblings = [other, other]
        whole.spanTimes = [1_000.5...1_000.75, 1_001...1_001, 1_001...1_002]
        whole.resumes = 2
        whole.score?.steps = [
            .init(turn: 0, reward: 0.5, items: [.init("kind", weight: 1, score: 0)]), .init(turn: 1),
        ]
        whole.score?.reason = "näh\u{0}\u{7F}\n\"\\"
        var random = RandomStream(seed: 3, purpose: "log-probabilities", 0)
        var long = try Rollout.sample(0, 1, reward: 1)
        // Any bits of a number that a server may give.
        let numbers = (0..<4_000).map { _ in Float(bitPattern: UInt32.random(in: 0..<0x7F80_0000, using: &random)) }
        try long.trajectory.append(.policy(numbers.map { _ in 1 }, numbers.map { -$0 }))
        let call = Message.ToolCall(id: "a", name: "add", arguments: ["x": 1, "y": 2.0, "z": "\"1\""])
        let odd = Message.ToolCall(name: "say", arguments: "a text, not an object")
        let called = try Rollout.sample(
            1, 0, reward: 0,
            between: [
                Message(.assistant, "", reasoning: "hm", toolCalls: [call, odd]), Message(.tool, "3", toolCallID: "a"),
            ], tools: [["type": "function", "function": ["name": "add", "parameters": [:]]]])
        var elsewhere = try Rollout.sample(1, 1, reward: 0.5, status: .truncated)
        elsewhere.messages[0] = Message(.system, "an agent's own words")
        return [
            whole, long, called, elsewhere, try .sample(2, 0, reward: nil),
            try .sample(0, 0, reward: 1, purpose: .evaluation),
        ]
    }

    @Test("read back as they were stored, whichever way arguments are written", arguments: [
        ConversationForm.Arguments.text, .object,
    ])
    func roundTrip(arguments: ConversationForm.Arguments) async throws {
        let samples = try await ExportSamples(try rollouts())
        let (lines, report) = try await samples.export(RolloutRecords(arguments: arguments, hasTokens: true))
        let stored = try await samples.store.rollouts(RolloutFilter(run: "run"))
        #expect(stored.count == 6)
        for (line, stored) in zip(lines, stored) {
            let read = try ReadRecord(line)
            #expect(read.run == stored.run && read.step == stored.step)
            #expect(read.rollout.task == stored.rollout.task)
            #expect(read.rollout.messages == stored.rollout.messages)
            #expect(read.rollout.trajectories == stored.rollout.trajectories)
            #expect(read.rollout.spanTimes == stored.rollout.spanTimes)
            #expect(read.rollout.score == stored.rollout.score)
            #expect(read.rollout == stored.rollout)
        }
        #expect(report.written == 6 && report.omissions == nil)
    }

    @Test("have no tokens unless they are asked for, but their number")
    func withoutTokens() async throws {
        let samples = try await ExportSamples(try rollouts())
        let lines = try await samples.export(RolloutRecords()).lines
        // In the order of purposes, groups and members.
        #expect(
            lines.map { $0["rollout"]?.string } == ["evaluation-0.0", "0.0", "0.1", "1.0", "1.1", "2.0"])
        #expect(lines.allSatisfy { $0["trajectories"] == nil && $0["span_times"] == nil })
        #expect(lines[1]["tokens"] == 12 && lines[1]["policy_tokens"] == 6)
        #expect(lines[1]["versions"] == [0, 4])
        #expect(lines[1]["task_seed"] == "18446744073709551615")
        #expect(lines[4]["opening"] == .null && lines[4]["task_messages"]?.array?.count == 2)
        #expect(lines[5]["score"] == .null && lines[5]["reason"] == "the judge was silent")
    }

    @Test("come as the filter says, page after page, and end with the limit")
    func pages() async throws {
        let rollouts = try (0..<1_300).map { try Rollout.sample($0 / 4, $0 % 4, reward: Double($0 % 4)) }
        let samples = try await ExportSamples(rollouts)
        let all = try await samples.export(RolloutRecords())
        #expect(all.lines.map { $0["rollout"]?.string } == rollouts.map { "\($0.id)" })
        let some = try await samples.export(RolloutRecords(), RolloutFilter(run: "run", rewards: 3...9), limit: 150)
        #expect(some.lines.map { $0["rollout"]?.string } == (0..<150).map { "\($0).3" })
        #expect(some.report.written == 150)
        var pages = 0
        let report = try await RolloutExport(RolloutRecords()).write(RolloutFilter(run: "run"), of: samples.store) {
            pages += 1
            #expect($0.last == UInt8(ascii: "\n"))
            return pages < 2
        }
        #expect(pages == 2 && (1..<1_300).contains(report.written))
    }
}

/// The reader that docs/export.md describes.
private struct ReadRecord {
    let run: String
    let step: Int?
    let rollout: Rollout
}

extension ReadRecord {
    init(_ line: JSONValue) throws {
        func text(_ key: String) throws -> String { try line[key].found(key).string.found(key) }
        func integer(_ key: String) throws -> Int { try line[key].found(key).integer.found(key) }
        func messages(_ key: String) throws -> [Message] {
            try line[key].found(key).array.found(key).map { try Message(json: $0) }
        }
        let said = try messages("messages")
        let opening = line["opening"]?.integer.map { Array(said.prefix($0)) }
        let tools = try line["tools"].found("tools")
        let task = PracticeTask(
            environment: try text("environment"), seed: try UInt64(text("task_seed")).found("task_seed"),
            level: try integer("level"), messages: try opening ?? messages("task_messages"),
            problem: try line["problem"].found("problem"), tools: tools.isNull ? JSONValue?.none : tools)
        let purpose = try GroupID.Purpose(rawValue: text("purpose")).found("purpose")
        var trajectories: [TokenTrajectory] = []
        for spans in try line["trajectories"].found("trajectories").array.found("trajectories") {
            var trajectory = TokenTrajectory()
            for span in spans.array ?? [] { try trajectory.append(TokenSpan(exported: span)) }
            trajectories.append(trajectory)
        }
        let rollout = Rollout(
            id: RolloutID(group: GroupID(try integer("group"), purpose: purpose), member: try integer("member")),
            task: task, status: try Rollout.Status(rawValue: text("status")).found("status"),
            reason: line["reason"]?.string, messages: said, trajectory: try trajectories.first.found("trajectories"),
            siblings: Array(trajectories.dropFirst()), score: try line["score"].found("score").exportedScore,
            seed: try UInt64(text("seed")).found("seed"),
            startedAt: try line["started_at"]?.double.found("started_at") ?? 0,
            finishedAt: try line["finished_at"]?.double.found("finished_at") ?? 0, resumes: try integer("resumes"),
            spanTimes: (line["span_times"]?.array ?? []).compactMap { times in
                guard let start = times[0]?.double, let end = times[1]?.double else { return nil }
                return start...end
            })
        self.init(run: try text("run"), step: line["step"]?.integer, rollout: rollout)
        #expect(try text("rollout") == "\(rollout.id)")
    }
}

extension TokenSpan {
    fileprivate init(exported span: JSONValue) throws {
        let tokens = (span["tokens"]?.array ?? []).compactMap { $0.integer.flatMap(Int32.init(exactly:)) }
        switch span["origin"]?.string {
        case "prompt": self.init(.prompt, tokens: tokens)
        case "environment": self.init(.environment, tokens: tokens)
        default:
            let sampling = try span["sampling"].found("sampling")
            let policy = Policy(
                behaviorLogProbabilities: (span["log_probabilities"]?.array ?? []).compactMap { $0.double.map(Float.init) },
                version: PolicyVersion(try (span["version"]?.integer).found("version")),
                sampling: SamplingParameters(
                    temperature: try (sampling["temperature"]?.double).found("temperature"),
                    topP: try (sampling["top_p"]?.double).found("top_p"), topK: sampling["top_k"]?.integer,
                    maximumNewTokens: try (sampling["maximum_new_tokens"]?.integer).found("maximum_new_tokens"),
                    stopStrings: sampling["stop_strings"]?.array?.compactMap(\.string) ?? [],
                    stopTokens: sampling["stop_tokens"]?.array?.compactMap { $0.integer.map(Int32.init) } ?? []),
                requestID: span["request"]?.string ?? "", server: span["server"]?.string ?? "")
            self.init(.policy(policy), tokens: tokens)
        }
    }
}

extension JSONValue {
    fileprivate var exportedScore: Score? {
        guard let reward = self["reward"]?.double, let isSolved = self["solved"]?.bool else { return nil }
        return Score(
            reward: reward, isSolved: isSolved,
            parts: (self["parts"]?.array ?? []).map { part in
                Score.Part(
                    part["name"]?.string ?? "", value: part["value"]?.double ?? .nan,
                    weight: part["weight"]?.double ?? .nan, reason: part["reason"]?.string)
            },
            steps: (self["steps"]?.array ?? []).map { step in
                Score.Step(
                    turn: step["turn"]?.integer ?? -1, reward: step["reward"]?.double,
                    items: (step["items"]?.array ?? []).map { item in
                        Score.Step.Item(
                            item["name"]?.string ?? "", weight: item["weight"]?.double ?? .nan,
                            score: item["score"]?.double ?? .nan)
                    })
            }, reason: self["reason"]?.string)
    }
}

extension Optional {
    fileprivate func found(_ name: String) throws -> Wrapped {
        guard let self else { throw WhetError("\(name) is missing") }
        return self
    }
}
