import WhetCore
import WhetHTTP

/// How many judgments a second go through a server: prompts written, sent, answered, read, kept.
public enum JudgeBenchmark {
    public struct Figures: Hashable, Sendable {
        public var judgments: Int
        public var seconds: Double
        public var judgmentsPerSecond: Double { Double(judgments) / seconds }
        /// The same again, from the cache.
        public var secondsAgain: Double
        /// How many calls that made.
        public var callsAgain: Int

        public var named: [(name: String, value: Double)] {
            [
                ("judgments", Double(judgments)), ("judgments_per_second", judgmentsPerSecond),
                ("cached_judgments_per_second", Double(judgments) / secondsAgain), ("calls_again", Double(callsAgain)),
            ]
        }
    }

    /// Scores so many made-up rollouts, each of 4 steps by 5 items, all at once, and then again.
    ///
    /// - Parameter url: a server that answers as `cannedReply` does, or a real one.
    public static func figures(
        url: String, model: String = "canned", rollouts: Int = 500, concurrency: Int = 256
    ) async throws -> Figures {
        var settings = JudgeSettings()
        settings.concurrency = concurrency
        let server = try ServerJudge(url: url, model: model, client: HTTPClient(), settings: settings)
        let scorer = ChecklistScorer(judge: CachingJudge(server, cache: MemoryJudgmentCache()))
        let dialogues = try (0..<rollouts).map(dialogue)
        let clock = ContinuousClock()
        var judged: [JudgedDialogue] = []
        let first = try await clock.measure {
            judged = try await dialogues.concurrentMap { try await scorer.judged($0, by: checklist) }
        }
        for dialogue in judged {
            if let unknown = dialogue.unknown {
                throw WhetError("a judgment failed: \(unknown)", at: url.withoutSecrets)
            }
        }
        let calls = server.votesAsked
        let again = try await clock.measure {
            _ = try await dialogues.concurrentMap { try await scorer.judged($0, by: checklist) }
        }
        return Figures(
            judgments: judged.reduce(0) { $0 + $1.turns.reduce(0) { $0 + $1.stepCount * $1.items.count } },
            seconds: first / .seconds(1), secondsAgain: again / .seconds(1), callsAgain: server.votesAsked - calls)
    }

    private static let checklist = Checklist(turns: [
        Checklist.Turn(
            items: (0..<5).map { index in
                ChecklistItem(
                    id: "C\(index)", question: "Did the assistant do what step \(index) of the errand asks for?",
                    focus: .thinking, passCondition: "The thinking shows step \(index) of the errand being done.",
                    failureExamples: ["Step \(index) is left out", "Step \(index) is done for another errand"],
                    weight: 0.2)
            })
    ])

    private static func dialogue(_ index: Int) throws -> Dialogue {
        var messages = [Message(.user, "Errand \(index): see to it that the parcel is sent, and tell me its number.")]
        for step in 0..<4 {
            let words =
                "Errand \(index), step \(step). " + String(repeating: "The parcel weighs two kilograms. ", count: 20)
            let call = Message.ToolCall(
                name: "post_office", arguments: ["errand": .integer(index), "step": .integer(step)])
            messages.append(
                Message(
                    .assistant, step == 3 ? "It is sent." : "", reasoning: words, toolCalls: step == 3 ? [] : [call]))
            if step < 3 { messages.append(Message(.tool, #"{"status": "noted", "step": \#(step)}"#)) }
        }
        return try Dialogue(messages)
    }

    /// The body of a judge's answer to a request of `ServerJudge`; for servers that play a judge.
    ///
    /// - Parameter isMet: what it finds, given what the judge was told.
    /// - Throws: `WhetError` for a body that is no such request.
    public static func cannedReply(to body: [UInt8], isMet: (_ prompt: String) -> Bool = { _ in true }) throws -> String
    {
        guard let prompt = try JSONDocument(parsing: body).root["messages"]?.elements?.last?["content"]?.string,
            let start = prompt.firstRange(of: #"{"code": ""#)?.upperBound
        else { throw WhetError("this is no question for a judge") }
        let met = isMet(prompt)
        let reply: JSONValue = [
            "code": .string(String(prompt[start...].prefix { $0 != "\"" })), "focus_analysis": "it is there",
            "focus_present": true, "condition_analysis": .string(met ? "it is fulfilled" : "it is not fulfilled"),
            "condition_met": .bool(met), "failure_analysis": "nothing of the kind", "failure_shown": false,
        ]
        return completion(of: reply.text())
    }

    /// The body of a chat completion with this text.
    public static func completion(of text: String, finish: String = "stop") -> String {
        let choice: JSONValue = [
            "index": 0, "message": ["role": "assistant", "content": .string(text)], "finish_reason": .string(finish),
        ]
        return JSONValue.object(["object": "chat.completion", "choices": [choice]]).text()
    }
}
