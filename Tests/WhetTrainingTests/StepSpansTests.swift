import Testing
import WhetAlgorithms
import WhetCore

@testable import WhetTraining

@Suite("Verdicts on steps become verdicts on tokens")
struct StepSpansTests {
    private func trajectory(_ spans: [(isPolicy: Bool, count: Int)]) throws -> TokenTrajectory {
        var trajectory = TokenTrajectory()
        try trajectory.append(TokenSpan(.prompt, tokens: [1, 2, 3]))
        for (isPolicy, count) in spans {
            let tokens = [Int32](repeating: 7, count: count)
            guard isPolicy else {
                try trajectory.append(TokenSpan(.environment, tokens: tokens))
                continue
            }
            let policy = TokenSpan.Policy(
                behaviorLogProbabilities: [Float](repeating: -1, count: count), version: PolicyVersion(0),
                sampling: SamplingParameters(), requestID: "r", server: "s")
            try trajectory.append(TokenSpan(.policy(policy), tokens: tokens))
        }
        return trajectory
    }

    private func rollout(
        _ spans: [(isPolicy: Bool, count: Int)], siblings: [TokenTrajectory] = [], steps: [Score.Step]
    ) throws -> Rollout {
        Rollout(
            id: RolloutID(group: GroupID(0), member: 0),
            task: PracticeTask(environment: "desk", seed: 0, level: 0, messages: [], problem: .null),
            status: .completed, reason: nil, messages: [], trajectory: try trajectory(spans), siblings: siblings,
            score: Score(reward: 0.5, isSolved: false, steps: steps), seed: 0, startedAt: 0, finishedAt: 1)
    }

    private let item = Score.Step.Item("0.a", weight: 0.5, score: 0.25)

    @Test("a turn that was sampled in pieces is one span; tools' tokens are in none")
    func places() throws {
        let steps = [Score.Step(turn: 0, reward: 1, items: [item]), Score.Step(turn: 1)]
        // Two pieces of the first turn, as after an interruption; a reply of two tokens; the second turn.
        let rollout = try rollout([(true, 2), (true, 3), (false, 2), (true, 4)], steps: steps)
        let scored = try rollout.forEstimators(bySteps: true)
        #expect(
            scored.spans == [
                CreditSpan(range: 0..<5, turn: 0, reward: 1, items: [.init("0.a", weight: 0.5, score: 0.25)]),
                CreditSpan(range: 7..<11, turn: 1),
            ])
        #expect(scored.policyMask.count == 11)
        // Nobody asks for them: they are not looked at.
        #expect(try rollout.forEstimators().spans.isEmpty)
    }

    @Test("conversations beside the first count on")
    func siblings() throws {
        let sibling = try trajectory([(true, 2)])
        let rollout = try rollout([(true, 3)], siblings: [sibling], steps: [Score.Step(turn: 0), Score.Step(turn: 1)])
        #expect(try rollout.forEstimators(bySteps: true).spans.map(\.range) == [0..<3, 3..<5])
    }

    @Test("too few or too many verdicts are an error, and none at all as well")
    func mismatch() throws {
        let turns = [(isPolicy: true, count: 2), (false, 1), (true, 2)]
        for steps in [[], [Score.Step(turn: 0)], Array(repeating: Score.Step(turn: 0), count: 3)] {
            let rollout = try rollout(turns, steps: steps)
            #expect(throws: WhetError.self) { try rollout.forEstimators(bySteps: true) }
        }
        // The policy said nothing: there is nothing to have a verdict on.
        #expect(try rollout([], steps: []).forEstimators(bySteps: true).spans.isEmpty)
    }

    @Test("an environment that judges wholes cannot be trained by steps")
    func refused() async throws {
        let run = try TinyRun(settings: ["algorithm=step_level", "rollout.group_size=8"])
        defer { run.remove() }
        let error = await #expect(throws: WhetError.self) { try await run.train() }
        #expect(error?.problem.contains("which the environment Sorting does not give") == true)
    }
}
