import Testing
import WhetAlgorithms
import WhetCore

@Suite("Shaping and filters")
struct ShapingTests {
    private func rollout(_ tokens: Int, reward: Double = 1, correct: Bool = true) -> ScoredRollout {
        ScoredRollout(
            group: GroupID(0), reward: reward, policyMask: [Bool](repeating: true, count: tokens), isCorrect: correct)
    }

    @Test(
        "overlong punishment grows over the buffer, to the penalty at the limit",
        arguments: [
            (80, 0.0), (81, -0.05), (90, -0.5), (100, -1), (200, -1),
        ])
    func overlong(tokens: Int, punishment: Double) throws {
        let shaping = try RewardShaping(settings: ["overlong_limit": 100, "overlong_buffer": 20])
        #expect(abs(shaping.overlongPunishment(tokens: tokens) - punishment) < 1e-12)
        #expect(abs(shaping.shaped([rollout(tokens)])[0].reward - 1 - punishment) < 1e-12)
    }

    @Test("without a buffer the punishment comes at once, beyond the limit")
    func noBuffer() throws {
        let shaping = try RewardShaping(settings: [
            "overlong_limit": 100, "overlong_buffer": 0, "overlong_penalty": 0.5,
        ]
        )
        #expect(shaping.overlongPunishment(tokens: 100) == 0)
        #expect(shaping.overlongPunishment(tokens: 101) == -0.5)
    }

    @Test("shorter siblings earn more; wrong ones earn nothing by being short")
    func length() throws {
        let shaping = try RewardShaping(settings: ["length_penalty": 0.2])
        let rewards = shaping.shaped([rollout(10), rollout(20), rollout(15), rollout(10, reward: 0, correct: false)])
            .map(\.reward)
        #expect(rewards.agrees(with: [1.1, 0.9, 1, 0], within: 1e-12))
        #expect(shaping.shaped([rollout(10), rollout(10)]).map(\.reward) == [1, 1])
    }

    @Test("groups of equal rewards are filtered, up to the tolerance (trap 28)")
    func dynamicSampling() throws {
        let sampling = try DynamicSampling(settings: ["dynamic_sampling": true])
        #expect(!sampling.keeps(rewards: [0.1 + 0.2, 0.3]))
        #expect(sampling.keeps(rewards: [0, 2e-6]))
        #expect(sampling.keeps(rewards: [1]) && sampling.keeps(rewards: []))
        #expect(DynamicSampling().keeps(rewards: [1, 1]))
    }

    @Test("tool calls are compared within a group, and need one advantage a rollout")
    func toolCalls() throws {
        let shaping = try ToolCallShaping(settings: ["delta": -2, "k": 0.5])
        func caller(_ group: Int, _ call: Int) -> ScoredRollout {
            ScoredRollout(
                group: GroupID(group), reward: 1, policyMask: [Bool](repeating: true, count: 10), isCorrect: true,
                firstToolCall: call)
        }
        let credit = [RolloutCredit](repeating: .uniform(1), count: 3)
        let shaped = try shaping.shaped(credit, of: [caller(0, 2), caller(0, 4), caller(1, 9)])
        #expect(shaped == [.uniform(1.2), .uniform(0.8), .uniform(1)])
        #expect(throws: WhetError.self) { try shaping.shaped([.tokens([1])], of: [caller(0, 2)]) }
    }
}
