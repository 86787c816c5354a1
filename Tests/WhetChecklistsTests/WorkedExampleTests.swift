import Foundation
import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetAlgorithms
@testable import WhetChecklists

/// A dialogue in CM2's form, seven rollouts of it, a scripted judge behind a server, and the numbers that CM2's rules
/// give, computed by hand. η is 1/2, a group needs 5 members.
///
/// Items (weight): turn 0: A calls (0.2), B tool (0.3), C reply (0.3, after B), D thinking (0.2);
/// turn 1: E calls (0.4), F tool (0.2), G reply (0.4, after F). What each step was judged to meet:
///
///          turn 0: steps                     turn 1: steps
///     r0   ABC · CD                          EF · G
///     r1   AD · B · C                        EF · -
///     r2   AB · -                            (stops: C is required)
///     r3   C                                 (stops: B is)
///     r4   D · AB · - · C                    G
///     r5   ABD · C                           E · -
///     r6   a judgment of its first step fails
///
/// C in the first step of r0 and in r3, and G in r4, come before what they depend on was met: they do not count.
@Suite("A dialogue of CM2's form, from file to credit")
struct WorkedExampleTests {
    /// The rollouts' messages. What a step meets stands in its thinking, for the scripted judge to read. All steps but
    /// r3's only one have calls and results, so that there is something of every kind to judge.
    private static func messages(_ script: [[String]], users: [Message]) -> [Message] {
        script.enumerated().flatMap { turn, steps in
            [users[turn]]
                + steps.flatMap { step -> [Message] in
                    let call = Message.ToolCall(name: "find_loan", arguments: ["reader": 7])
                    let isReply = step == "C" && steps.count == 1
                    return [
                        Message(.assistant, "words", reasoning: "meets: \(step)", toolCalls: isReply ? [] : [call])
                    ] + (isReply ? [] : [Message(.tool, #"{"due": "5 May"}"#)])
                }
        }
    }

    private static func scriptedServer() throws -> CannedServer {
        try CannedServer { request in
            guard let read = (try? prompt(of: request)).flatMap(ReadPrompt.init),
                let item = read.criterion["question"]?.string?.dropFirst("Criterion ".count).first
            else { return .status(400, body: "no prompt") }
            if read.lastThinking.contains("?"), item == "D" { return .status(500, body: "out of memory") }
            let isMet = read.lastThinking.dropFirst("meets: ".count).contains(item)
            return .json((try? JudgeBenchmark.cannedReply(to: request.body) { _ in isMet }) ?? "")
        }
    }

    private func credits() async throws -> [DialogueCredit] {
        let records = try ChecklistRecord.records(json: Data(LibraryDialogue.json.utf8), file: "library.json")
        let record = try #require(records.first)
        let users = try record.dialogue().turns.flatMap(\.opening)
        let server = try Self.scriptedServer()
        var settings = JudgeSettings()
        settings.retry = .never
        let judge = try ServerJudge(url: server.url, model: "scripted", client: HTTPClient(), settings: settings)
        let scorer = ChecklistScorer(judge: judge)
        var group: [[JudgedDialogue]] = []
        for script in LibraryDialogue.scripts {
            let dialogue = try Dialogue(Self.messages(script, users: users))
            var judged: [JudgedDialogue] = []
            for checklist in record.checklists { judged.append(try await scorer.judged(dialogue, by: checklist)) }
            group.append(judged)
        }
        #expect(server.counts.requests > 0)
        // r2 and r3 lack what the next turn requires.
        #expect(group.map { $0[0].turns[0].allowsNextTurn() } == [true, true, false, false, true, true, nil])
        var credit = ChecklistCredit()
        credit.delayDiscount = 0.5
        return group.map(credit.credit)
    }

    /// What training does with credit: tokens for steps. Each step is three tokens of the policy and two of a tool.
    private static func scored(_ credits: [DialogueCredit]) -> [ScoredRollout] {
        credits.compactMap { credit in
            guard case .credited(let reward, let steps) = credit else { return nil }
            let spans = steps.enumerated().map { index, step in
                CreditSpan(
                    range: 5 * index..<5 * index + 3, turn: step.turn, reward: step.reward,
                    items: step.items.map { CreditSpan.Item($0.name, weight: $0.weight, score: $0.score) })
            }
            let mask = steps.flatMap { _ in [true, true, true, false, false] }
            return ScoredRollout(group: GroupID(0), reward: reward, policyMask: mask, spans: spans)
        }
    }

    /// The advantage of each step's first token, having seen that all of the step's tokens share it and tools' have none.
    private static func byStep(_ advantages: [Double]) -> [Double] {
        stride(from: 0, to: advantages.count, by: 5).map { start in
            #expect(Set(advantages[start..<start + 3]).count == 1 && advantages[start + 3..<start + 5] == [0, 0])
            return advantages[start]
        }
    }

    private func expect(_ found: [[Double]], _ wanted: [[Double]]) {
        #expect(found.map(\.count) == wanted.map(\.count))
        for (found, wanted) in zip(found, wanted) {
            for (found, wanted) in zip(found, wanted) { #expect(abs(found - wanted) < 1e-12, "\(found) \(wanted)") }
        }
    }

    @Test("the one that could not be judged is left out, with the reason")
    func leftOut() async throws {
        let credits = try await credits()
        guard case .leftOut(let reason) = credits[6] else {
            Issue.record("it counts")
            return
        }
        #expect(reason.contains("turn 0, item D at step 0") && reason.contains("out of memory"))
        #expect(credits[..<6].allSatisfy { $0.reward != nil })
    }

    @Test("at the level of trajectories")
    func trajectory() async throws {
        let rollouts = Self.scored(try await credits())
        // Turn 0: r0, r1, r4, r5 meet all (1); r2 A and B (0.5); r3 nothing (0).
        // Turn 1: r0 all (1); r1 E and F (0.6); r4 nothing: G waits for F (0); r5 E (0.4); r2 and r3 are not there (0).
        let rewards = [1, 0.8, 0.25, 0, 0.5, 0.7]
        expect([rollouts.map(\.reward)], [rewards])
        // Their mean is 3.25 / 6.
        let advantages = try UnnormalizedGroupEstimator().advantages(for: rollouts).map { [$0[0]] }
        expect(advantages, rewards.map { [$0 - 3.25 / 6] })
    }

    @Test("at the level of turns")
    func turns() async throws {
        let advantages = try TurnEstimator().advantages(for: Self.scored(try await credits())).map(Self.byStep)
        // Turn 0: the mean of 1, 1, 0.5, 0, 1, 1 is 0.75. Turn 1: four of the group are too few.
        expect(
            advantages,
            [
                [0.25, 0.25, 0, 0], [0.25, 0.25, 0.25, 0, 0], [-0.25, -0.25], [-0.75], [0.25, 0.25, 0.25, 0.25, 0],
                [0.25, 0.25, 0, 0],
            ])
    }

    @Test("at the level of steps")
    func steps() async throws {
        let advantages = try StepEstimator().advantages(for: Self.scored(try await credits())).map(Self.byStep)
        // Scores η^delay in turn 0, delay counted from when the item's dependences were met:
        //     A   1, 1, 1, 0, 1/2, 1           mean 4.5/6 = 3/4
        //     B   1, 1/2, 1, 0, 1/2, 1         mean 4/6   = 2/3
        //     C   1, 1, 0, not open, 1/2, 1    mean 3.5/5 = 7/10
        //     D   1/2, 1, 0, 0, 1, 1           mean 3.5/6 = 7/12
        // A step gets Σ weight · (score − mean) over the items open in it, met in it or not:
        let a = (one: 0.2 * (1 - 0.75), half: 0.2 * (0.5 - 0.75), none: 0.2 * (0 - 0.75))
        let b = (one: 0.3 * (1 - 2.0 / 3), half: 0.3 * (0.5 - 2.0 / 3), none: 0.3 * (0 - 2.0 / 3))
        let c = (one: 0.3 * (1 - 0.7), half: 0.3 * (0.5 - 0.7), none: 0.3 * (0 - 0.7))
        let d = (one: 0.2 * (1 - 7.0 / 12), half: 0.2 * (0.5 - 7.0 / 12), none: 0.2 * (0 - 7.0 / 12))
        expect(
            advantages,
            [
                [a.one + b.one + d.half, c.one + d.half, 0, 0],
                [a.one + b.half + d.one, b.half, c.one, 0, 0],
                [a.one + b.one + d.none, c.none + d.none],
                [a.none + b.none + d.none],
                [a.half + b.half + d.one, a.half + b.half, c.half, c.half, 0],
                [a.one + b.one + d.one, c.one, 0, 0],
            ])
        // In decimals, of r0's first two steps: 0.05 + 0.1 − 1/60 and 0.09 − 1/60.
        expect([Array(advantages[0][..<2])], [[0.15 - 1.0 / 60, 0.09 - 1.0 / 60]])
    }
}
