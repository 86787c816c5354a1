import Testing
import WhetCore
import WhetStore

@testable import WhetTraining

extension ConversationForm {
    static let plain = ConversationForm { $0.rollout.messages }
}

@Suite("whet rollouts export --format chat")
struct ChatExampleTests {
    private func chats(
        _ rollouts: [Rollout], _ form: ConversationForm = ConversationForm.plain, perGroup: Int? = 1,
        filter: RolloutFilter = RolloutFilter(run: "run"), isUnique: Bool = false
    ) async throws -> (lines: [JSONValue], report: ExportReport) {
        let samples = try await ExportSamples(rollouts)
        return try await samples.export(
            ChatExamples(form, perGroup: perGroup, takesAnyStatus: filter.statuses != nil), filter, isUnique: isUnique)
    }

    @Test("has the best of each group that came to its end, and counts the others")
    func best() async throws {
        let (lines, report) = try await chats([
            .sample(0, 0, reward: 0.5, answer: "a"), .sample(0, 1, reward: 1, answer: "b"),
            .sample(0, 2, reward: 1, answer: "c"), .sample(0, 3, reward: 2, answer: "d", status: .truncated),
            .sample(1, 0, reward: nil), .sample(1, 1, reward: 0, answer: "e"),
            .sample(2, 0, reward: 9, answer: "f", status: .filtered),
            .sample(0, 0, reward: 9, answer: "g", purpose: .evaluation),
        ])
        #expect(
            lines.first == [
                "messages": [
                    ["role": "system", "content": "be brief"], ["role": "user", "content": "2 + 0?"],
                    ["role": "assistant", "content": "b"],
                ]
            ])
        #expect(lines.map { $0["messages"]?[2]?["content"] } == ["b", "e"])
        #expect(report.written == 2 && report.unsolved == 1)
        #expect(
            report.omissions
                == "1 without a score, 1 cut short, 1 that a filter left out of training, "
                + "2 behind the best of their groups")
    }

    @Test("has what its filter names, all of a group included, each conversation once")
    func chosen() async throws {
        let rollouts: [Rollout] = [
            try .sample(0, 0, reward: 1, answer: "a"), try .sample(0, 1, reward: 1, answer: "a"),
            try .sample(0, 2, reward: 0.9, answer: "b"), try .sample(0, 3, reward: 0.1, answer: "c"),
            try .sample(1, 0, reward: 1, answer: "d", status: .truncated),
        ]
        let high = RolloutFilter(run: "run", rewards: 0.5 ... .infinity)
        let all = try await chats(rollouts, perGroup: nil, filter: high, isUnique: true)
        #expect(all.lines.map { $0["messages"]?[2]?["content"] } == ["a", "b"])
        #expect(all.report[.repeated] == 1 && all.report[.truncated] == 1)
        let cut = RolloutFilter(run: "run", statuses: [.truncated])
        #expect(try await chats(rollouts, filter: cut).lines.map { $0["messages"]?[2]?["content"] } == ["d"])
    }

    @Test("has tool calls as messages have them where the template was handed tools")
    func tools() async throws {
        let tools: JSONValue = [["type": "function", "function": ["name": "add", "parameters": [:]]]]
        let words = #"<tool_call>{"name": "add"}</tool_call>"#
        let rollouts = [
            try Rollout.sample(0, 0, reward: 1, between: [Message(.assistant, words)], tools: tools),
            try Rollout.sample(1, 0, reward: 1, between: [Message(.assistant, words)]),
        ]
        // What an environment would tell apart.
        let tellApart: ConversationForm.CallsApart = { stored in
            var messages = stored.rollout.messages
            messages[2] = Message(
                .assistant, "", toolCalls: [.init(id: "1", name: "add", arguments: ["x": 1, "y": [2.5, "é"]])])
            return messages
        }
        let (lines, _) = try await chats(rollouts, ConversationForm(callsApart: tellApart))
        #expect(lines[0]["tools"] == tools && lines[1]["tools"] == nil)
        #expect(
            lines[0]["messages"]?[2] == [
                "role": "assistant", "content": "",
                "tool_calls": [
                    [
                        "id": "1", "type": "function",
                        "function": ["name": "add", "arguments": #"{"x":1,"y":[2.5,"é"]}"#],
                    ]
                ],
            ])
        #expect(lines[1]["messages"]?[2]?["content"] == .string(words))
        let objects = try await chats(rollouts, ConversationForm(arguments: .object, callsApart: tellApart)).lines
        #expect(
            objects[0]["messages"]?[2]?["tool_calls"]?[0]?["function"]?["arguments"] == ["x": 1, "y": [2.5, "é"]])
        for (calls, apart) in [(ConversationForm.Calls.apart, [true, true]), (.words, [false, false])] {
            let (lines, _) = try await chats(rollouts, ConversationForm(calls: calls, callsApart: tellApart))
            #expect(lines.map { $0["messages"]?[2]?["tool_calls"] != nil } == apart)
        }
    }

    @Test("has thoughts as they are asked for, and no answer that is nothing but thoughts")
    func thoughts() async throws {
        let rollouts = [
            try Rollout.sample(0, 0, reward: 1, answer: "<think>\n2 and 0\n</think>\n\nit is 2"),
            try Rollout.sample(1, 0, reward: 1, answer: "2 and 1</think>3"),
            try Rollout.sample(2, 0, reward: 1, answer: "<think> and on"), try .sample(3, 0, reward: 1, answer: ""),
        ]
        let kept = try await chats(rollouts)
        #expect(kept.lines.count == 3 && kept.report[.unanswered] == 1)
        let apart = try await chats(rollouts, ConversationForm(thoughts: .apart) { $0.rollout.messages })
        #expect(
            apart.lines.map { $0["messages"]?[2] } == [
                ["role": "assistant", "content": "it is 2", "reasoning_content": "2 and 0"],
                ["role": "assistant", "content": "3", "reasoning_content": "2 and 1"],
            ])
        let dropped = try await chats(rollouts, ConversationForm(thoughts: .drop) { $0.rollout.messages })
        #expect(dropped.lines.map { $0["messages"]?[2]?.object?.count } == [2, 2])
        #expect(dropped.report[.unanswered] == 2)
    }

    @Test("tells thoughts from words", arguments: [
        ("plain", nil, "plain"), (" <think>a</think> b", "a", "b"), ("a</think>b", "a", "b"),
        ("<think>a</think>b</think>c", "a", "b</think>c"), ("say <think>a</think>", nil, "say <think>a</think>"),
        ("<think>", "", ""), ("</think>", "", ""), ("", nil, ""),
    ] as [(String, String?, String)])
    func apart(text: String, thoughts: String?, words: String) {
        let found = text.thoughtsApart
        #expect(found.thoughts == thoughts && found.words == words)
    }

    @Test("begins an agent's conversation where the agent did")
    func agents() async throws {
        var rollout = try Rollout.sample(0, 0, reward: 1, answer: "b", between: [Message(.assistant, "a")])
        rollout.messages[0] = Message(.system, "other words")
        rollout.messages.append(Message(.user, "nobody answers this"))
        let (lines, _) = try await chats([rollout])
        #expect(
            lines.first?["messages"]?.array?.map { $0["content"] } == ["other words", "2 + 0?", "a", "b"])
    }
}

@Suite("whet rollouts export --format preferences")
struct PreferencePairTests {
    private func pairs(
        _ rollouts: [Rollout], bounds: PreferencePairs.Bounds = .init(),
        filter: RolloutFilter = RolloutFilter(run: "run")
    ) async throws -> (lines: [JSONValue], report: ExportReport) {
        let samples = try await ExportSamples(rollouts)
        return try await samples.export(PreferencePairs(ConversationForm.plain, bounds: bounds), filter)
    }

    @Test("has the best and the worst of each group, and counts groups without a difference")
    func pairs() async throws {
        let (lines, report) = try await pairs([
            .sample(0, 0, reward: 0.5, answer: "a"), .sample(0, 1, reward: 1, answer: "b"),
            .sample(0, 2, reward: 0, answer: "c"), .sample(0, 3, reward: 0, answer: "d"),
            .sample(0, 4, reward: nil),
            .sample(1, 0, reward: 1), .sample(1, 1, reward: 1),
            .sample(2, 0, reward: 1), .sample(2, 1, reward: 0, status: .truncated),
            .sample(3, 0, reward: 1, answer: "x"), .sample(3, 1, reward: 0, answer: "x"),
            .sample(4, 0, reward: 1, answer: "x"), .sample(4, 1, reward: 0, answer: "y", prompt: "another"),
        ])
        #expect(
            lines == [
                [
                    "prompt": [["role": "system", "content": "be brief"], ["role": "user", "content": "2 + 0?"]],
                    "chosen": [["role": "assistant", "content": "b"]],
                    "rejected": [["role": "assistant", "content": "c"]],
                ]
            ])
        #expect(
            report.omissions
                == "1 without a score, 1 cut short, 1 groups of fewer than two scored rollouts, "
                + "1 groups whose rewards are all equal, 1 pairs whose prompts differ, 1 pairs that say the same")
    }

    @Test(
        "holds the two to what is asked of them",
        arguments: [
            (.init(margin: 0.5), [0, 1]), (.init(margin: 0.75), [0]), (.init(chosen: 1), [0]),
            (.init(rejected: 0), [0, 1]), (.init(rejected: -0.5), []), (.init(isSolved: true), [0]),
            (.init(isSolved: false), [1, 2]), (.init(), [0, 1, 2]),
        ] as [(PreferencePairs.Bounds, [Int])])
    func bounds(bounds: PreferencePairs.Bounds, groups: [Int]) async throws {
        let rewards: [[Double]] = [[0, 1], [0.5, 0], [0.25, 0.5]]
        let rollouts = try rewards.enumerated().flatMap { group, rewards in
            try rewards.enumerated().map { try Rollout.sample(group, $0, reward: $1, answer: "\($1)") }
        }
        // What the command's filter says of rewards and verdicts is no bound on who may be a pair.
        let filter = RolloutFilter(run: "run", rewards: 0.9...1, isSolved: true)
        let (lines, report) = try await pairs(rollouts, bounds: bounds, filter: filter)
        #expect(lines.map { $0["prompt"]?[1]?["content"]?.string } == groups.map { "2 + \($0)?" })
        #expect(report[.close] + report[.outOfBounds] + report.written == 3)
    }
}
