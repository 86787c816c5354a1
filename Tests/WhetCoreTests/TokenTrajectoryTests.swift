import Testing
import WhetCore

@Suite("Token trajectory")
struct TokenTrajectoryTests {
    private func policy(_ tokens: [Int32], _ logProbabilities: [Float]) -> TokenSpan {
        TokenSpan(
            .policy(
                .init(
                    behaviorLogProbabilities: logProbabilities, version: .initial, sampling: SamplingParameters(),
                    requestID: "run-0.0-0", server: "test")),
            tokens: tokens)
    }

    @Test("tells prompt, policy and environment tokens apart")
    func masks() throws {
        var trajectory = TokenTrajectory()
        try trajectory.append(TokenSpan(.prompt, tokens: [1, 2]))
        try trajectory.append(policy([3, 4], [-0.5, -0.25]))
        try trajectory.append(TokenSpan(.environment, tokens: [5]))
        try trajectory.append(policy([6], [-1]))
        #expect(trajectory.tokens == [1, 2, 3, 4, 5, 6])
        #expect(trajectory.policyMask == [false, false, true, true, false, true])
        #expect(trajectory.behaviorLogProbabilities == [0, 0, -0.5, -0.25, 0, -1])
        #expect(trajectory.policyTokenCount == 3)
    }

    @Test("refuses log-probabilities that cannot be", arguments: [
        ([Int32(3)], [Float]()), ([3], [Float.nan]), ([3], [0.5]), ([3], [-Float.infinity]), ([-1], [-0.5]),
    ])
    func refusesBadSpans(tokens: [Int32], logProbabilities: [Float]) throws {
        var trajectory = TokenTrajectory()
        try trajectory.append(TokenSpan(.prompt, tokens: [1]))
        let before = trajectory
        #expect(throws: WhetError.self) { try trajectory.append(policy(tokens, logProbabilities)) }
        #expect(trajectory == before)
    }

    @Test("refuses spans out of order")
    func refusesDisorder() throws {
        var trajectory = TokenTrajectory()
        #expect(throws: WhetError.self) { try trajectory.append(policy([1], [-1])) }
        #expect(throws: WhetError.self) { try trajectory.append(TokenSpan(.environment, tokens: [1])) }
        try trajectory.append(TokenSpan(.prompt, tokens: [1]))
        #expect(throws: WhetError.self) { try trajectory.append(TokenSpan(.prompt, tokens: [1])) }
    }

    @Test("a span of nothing changes nothing")
    func ignoresEmptySpans() throws {
        var trajectory = TokenTrajectory()
        try trajectory.append(TokenSpan(.prompt, tokens: [1]))
        try trajectory.append(policy([], []))
        #expect(trajectory.spans.count == 1)
    }
}
