import Foundation
import Testing
import WhetChecklists
import WhetCore
import WhetTestSupport

@testable import WhetEnvironments

@Suite("Environments in YAML with a checklist", .timeLimit(.minutes(1)))
struct ChecklistEnvironmentTests {
    private static let problems = """
        variables:
          reader: {choice: [ada]}
          card: {integer: [17, 17]}
          tool_calls:
            json: |
              [{"name": "card", "arguments": {"reader": "ada"}, "result": "17"}]
        prompt: "which card has {{ reader }}?"
        answer: whole

        """
    private static let verifiers = "verifiers: [{kind: numeric, expected: {field: card}}]\n"
    private static let tools = """
        tools:
          simulated:
            definitions:
              - name: card
                parameters: {properties: {reader: {type: string}}, required: [reader]}

        """
    private static let items = """
        checklist:
          items:
            - id: looks
              question: Did it look?
              focus_on: assistant.tool_calls
              check: {tool_called: {name: card, arguments: {reader: "{{ reader }}"}}}
              weight: 0.75
            - id: tells
              question: Does it say?
              focus_on: assistant.content.user_visible_reply
              check: {number_equals: "{{ card }}"}
              weight: 0.25

        """

    private func file(_ text: String) throws -> DeclaredEnvironments.File {
        let folder = try TemporaryFolder(["desk.yaml": text])
        return withExtendedLifetime(folder) { DeclaredEnvironments.File(folder.url.appending(path: "desk.yaml")) }
    }

    /// Plays these turns of the policy, with whatever the environment answers.
    private func play(
        _ environment: any Environment, _ turns: [Message]
    ) async throws -> (messages: [Message], task: PracticeTask) {
        let task = try await environment.task(level: 0, seed: 1)
        var messages = task.messages
        for turn in turns {
            messages.append(turn)
            guard let reply = try await environment.reply(to: messages, of: task) else { break }
            messages += reply
        }
        return (messages, task)
    }

    @Test("calls and words are judged step by step, beside the verifiers")
    func scores() async throws {
        let file = try file(Self.problems + Self.verifiers + Self.tools + Self.items)
        #expect(file.error == nil)
        try await EnvironmentResources.use { resources in
            let environment = EnvironmentPool(threads: 1).environment(try file.environment(resources))
            #expect(!environment.judgesSteps, "the verifiers count, too")
            let alone = try file.environment(options: ["share": 1], resources)
            #expect(alone.judgesSteps)
            #expect(try await (environment as? any ExternalEnvironment)?.prepare() == 0)
            let (messages, task) = try await play(
                environment, [.calling(("card", #"{"reader": "ada"}"#)), Message(.assistant, "17")])
            let score = try await environment.score(messages, of: task)
            #expect(score.isSolved && score.reward == 1)
            #expect(score.parts.map(\.name) == ["numeric", "0.0.looks", "0.0.tells"])
            // "looks" is met by the first step; "tells" stays open and is met by the second.
            let looks = Score.Step.Item("0.looks", weight: 0.75, score: 1)
            let tells = Score.Step.Item("0.tells", weight: 0.25, score: 1)
            #expect(
                score.steps == [
                    Score.Step(turn: 0, reward: 1, items: [looks, tells]), Score.Step(turn: 0, reward: 1, items: [tells]),
                ])
            // A guess that happens to be right: solved, and a quarter of the checklist.
            let (guess, _) = try await play(environment, [Message(.assistant, "17")])
            let lucky = try await environment.score(guess, of: task)
            #expect(lucky.isSolved && lucky.reward == 0.5 + 0.5 * 0.25)
            // A refused call meets nothing.
            let (refused, _) = try await play(
                environment, [.calling(("card", #"{"reader": 3}"#)), Message(.assistant, "18")])
            let none = try await environment.score(refused, of: task)
            #expect(!none.isSolved && none.reward == 0 && none.steps.map(\.reward) == [0, 0])
        }
    }

    @Test("a recipe sets the share; without verifiers the checklist is all there is")
    func shares() async throws {
        let guess = [Message(.assistant, "17")]
        try await EnvironmentResources.use { resources in
            let both = try file(Self.problems + Self.verifiers + Self.tools + Self.items)
            let silent = try both.environment(options: ["share": 0], resources)
            let (messages, task) = try await play(silent, guess)
            let score = try await silent.score(messages, of: task)
            #expect(score.reward == 1 && score.parts.count == 3)
            #expect(throws: WhetError.self) { try both.environment(options: ["share": 2], resources) }
            #expect(throws: WhetError.self) { try both.environment(options: ["judge_url": "http://a"], resources) }
            let alone = try file(Self.problems + Self.tools + Self.items)
            #expect(alone.error == nil)
            let environment = try alone.environment(resources)
            let own = try await environment.score(messages, of: environment.task(level: 0, seed: 1))
            #expect(own.reward == 0.25 && !own.isSolved)
            #expect(throws: WhetError.self) { try alone.environment(options: ["share": 0.5], resources) }
        }
    }

    @Test("a judge is asked once for the same; what it cannot say has no score")
    func judges() async throws {
        let server = try CannedServer { request in
            if request.path.hasSuffix("/models") { return .json(#"{"data": [{"id": "judge"}]}"#) }
            return .json(
                (try? JudgeBenchmark.cannedReply(to: request.body) { $0.contains("please") }) ?? "not a reply")
        }
        let text =
            Self.problems + """
                checklist:
                  judge: {url: "\(server.url)", tries: 1}
                  items:
                    - {id: kind, question: Is it kind?, focus_on: assistant.content.user_visible_reply, pass_condition: kind words}

                """
        let file = try file(text)
        #expect(file.error == nil, "\(String(describing: file.error))")
        try await EnvironmentResources.use { resources in
            let environment = try file.environment(resources)
            #expect(try await (environment as? any ExternalEnvironment)?.prepare() == 0)
            let (messages, task) = try await play(environment, [Message(.assistant, "please: 17")])
            #expect(try await environment.score(messages, of: task).reward == 1)
            let asked = server.counts.requests
            #expect(try await environment.score(messages, of: task).reward == 1)
            #expect(server.counts.requests == asked)
            // Another environment of the same resources knows the judgment, too.
            let again = try file.environment(resources)
            #expect(try await again.score(messages, of: task).reward == 1)
            #expect(server.counts.requests == asked + 1, "it asked for the model's name alone")
        }
    }

    @Test("what the user says beyond the checklist's last turn belongs to it")
    func joins() async throws {
        let text =
            Self.problems + Self.verifiers + """
                feedback: {attempts: 2, message: "no, again"}
                checklist:
                  share: 1
                  items:
                    - {id: tells, question: q, focus_on: assistant.content.user_visible_reply, check: {number_equals: "{{ card }}"}}

                """
        let file = try file(text)
        #expect(file.error == nil, "\(String(describing: file.error))")
        try await EnvironmentResources.use { resources in
            let environment = try file.environment(resources)
            let (messages, task) = try await play(environment, [Message(.assistant, "18"), Message(.assistant, "17")])
            #expect(messages.map(\.role) == [.user, .assistant, .user, .assistant])
            let score = try await environment.score(messages, of: task)
            #expect(score.reward == 1 && score.steps.map(\.turn) == [0, 0])
        }
    }

    @Test("a judgment that is unknown when a turn ends is a failure, and not the dialogue's end")
    func unknownBetween() async throws {
        let server = try CannedServer { request in
            request.path.hasSuffix("/models") ? .json(#"{"data": [{"id": "judge"}]}"#) : .status(500, body: "no")
        }
        let text =
            Self.problems + Self.verifiers + """
                turns: ["and now?"]
                checklist:
                  judge: {url: "\(server.url)", tries: 1}
                  turns:
                    - - {id: a, question: q, focus_on: assistant.content.user_visible_reply, pass_condition: p, required_for_next_turn: true}
                    - - {id: b, question: q, focus_on: assistant.content.user_visible_reply, pass_condition: p}

                """
        let file = try file(text)
        #expect(file.error == nil, "\(String(describing: file.error))")
        try await EnvironmentResources.use { resources in
            let environment = try file.environment(resources)
            let task = try await environment.task(level: 0, seed: 1)
            await #expect(throws: WhetError.self) {
                try await environment.reply(to: task.messages + [Message(.assistant, "17")], of: task)
            }
        }
    }

    @Test("a dialogue ends where the next turn requires what was not met")
    func endsEarly() async throws {
        let text =
            Self.problems + Self.verifiers + """
                turns: ["and now?"]
                checklist:
                  turns:
                    - - id: tells
                        question: Does it say?
                        focus_on: assistant.content.user_visible_reply
                        check: {number_equals: "{{ card }}"}
                        required_for_next_turn: true
                    - - {id: again, question: q, focus_on: assistant.content.user_visible_reply, check: {text_contains: x}}

                """
        let file = try file(text)
        #expect(file.error == nil, "\(String(describing: file.error))")
        try await EnvironmentResources.use { resources in
            let environment = try file.environment(resources)
            let (good, task) = try await play(environment, [Message(.assistant, "17"), Message(.assistant, "x")])
            #expect(good.map(\.role) == [.user, .assistant, .user, .assistant])
            let score = try await environment.score(good, of: task)
            #expect(score.steps.map(\.turn) == [0, 1] && score.steps.map(\.reward) == [1, 1])
            let (bad, _) = try await play(environment, [Message(.assistant, "18"), Message(.assistant, "x")])
            #expect(bad.map(\.role) == [.user, .assistant])
            #expect(try await environment.score(bad, of: task).steps.map(\.reward) == [0])
        }
    }

    @Test(
        "mistakes are told before any work",
        arguments: [
            ("checklist: 3", "this is the number 3"),
            ("checklist: {}", "there are no items"),
            ("checklist: {items: [], file: a.yaml}", "items and file are both given"),
            ("checklist: {file: a.yaml}", "a.yaml"),
            ("checklist: {items: [{id: a}]}", "question: the key is missing"),
            (
                "checklist: {items: [{id: a, question: q, focus_on: tool.content, pass_condition: p}]}",
                "nobody can judge the item"
            ),
            (
                "checklist: {items: [{id: a, question: \"{{ raeder }}\", focus_on: tool.content, pass_condition: p}]}",
                "did you mean \"reader\""
            ),
            (
                "checklist: {items: [{id: a, question: q, focus_on: assistant.content.user_visible_reply, "
                    + "check: {number_equals: \"{{ reader }}\"}}]}",
                "number_equals"
            ),
            ("checklist: {judge: {url: a, votes: 2}, field: x}", "an odd number"),
            ("checklist: {items: [{id: a, question: \"{{ reader\"}]}", "checklist.items.0.question"),
        ])
    func refuses(text: String, expected: String) async throws {
        let file = try file(Self.problems + Self.verifiers + text + "\n")
        do {
            _ = try file.environment()
            Issue.record("it is taken")
        } catch { #expect("\(error)".contains(expected), "\(error)") }
    }
}
