import Foundation
import Testing
import WhetAlgorithms
import WhetCore

@Suite("Off-policy correction")
struct OffPolicyCorrectionTests {
    private func sequence(_ ratios: [Double], mask: [Bool]? = nil, staleness: [Int]? = nil)
        -> OffPolicyCorrection.Sequence
    {
        OffPolicyCorrection.Sequence(
            trainerLogProbabilities: ratios.map { log($0) - 1 }, behaviorLogProbabilities: ratios.map { _ in -1 },
            mask: mask ?? ratios.map { _ in true }, staleness: staleness)
    }

    @Test("truncates tokens")
    func truncatesTokens() throws {
        let correction = try OffPolicyCorrection(settings: ["importance_sampling": "token"])
        let result = correction.correct([sequence([0.5, 3, 1], mask: [true, true, false])])
        #expect(result.weights.agree(with: [[0.5, 2, 0]], within: 1e-12))
        #expect(result.masks == [[true, true, false]])
    }

    @Test("masks tokens outside the bounds")
    func masksTokens() throws {
        let correction = try OffPolicyCorrection(settings: ["importance_sampling": "token", "importance_mode": "mask"])
        let result = correction.correct([sequence([0.4, 0.6, 1.9, 2.1])])
        #expect(result.weights.agree(with: [[0, 0.6, 1.9, 0]], within: 1e-12))
        #expect(result.masks == [[false, true, true, false]])
    }

    @Test("weighs and masks sequences by the product of their tokens")
    func sequences() throws {
        let truncated = try OffPolicyCorrection(settings: ["importance_sampling": "sequence"])
        #expect(
            truncated.correct([sequence([1.5, 1.2]), sequence([2, 1.5])]).weights.agree(
                with: [[1.8, 1.8], [2, 2]], within: 1e-12))
        let masked = try OffPolicyCorrection(
            settings: ["importance_sampling": "sequence", "importance_mode": "mask", "importance_floor": 0.9])
        let result = masked.correct([sequence([1.5, 1.2]), sequence([2, 1.5]), sequence([0.8, 1])])
        #expect(result.masks == [[true, true], [false, false], [false, false]])
    }

    @Test("a veto drops the whole sequence, statistics see it all the same (trap 39)")
    func veto() throws {
        let correction = try OffPolicyCorrection(settings: ["importance_sampling": "token", "veto": 1e-4])
        let result = correction.correct([sequence([1, 1e-5]), sequence([1, 4])])
        #expect(result.masks == [[false, false], [true, true]])
        let statistics = result.statistics.values
        #expect(statistics["vetoed_fraction"] == 0.5 && statistics["dropped_fraction"] == 0.5)
        #expect(abs((statistics["ratio_mean"] ?? 0) - 6.00001 / 4) < 1e-9)
        #expect(abs((statistics["ratio_max"] ?? 0) - 4) < 1e-9 && statistics["ratio_above_limit"] == 0.25)
    }

    @Test("tokens of spans that are too old drop out")
    func staleness() throws {
        let correction = try OffPolicyCorrection(settings: ["max_staleness": 1])
        let result = correction.correct([sequence([1, 5, 1], staleness: [2, 1, 0])])
        #expect(result.masks == [[false, true, true]])
        #expect(result.weights == [[0, 1, 1]])
        #expect(abs((result.statistics.values["stale_fraction"] ?? 0) - 1 / 3.0) < 1e-12)
    }

    @Test("staleness is read from the versions of spans")
    func stalenessOfSpans() throws {
        var trajectory = TokenTrajectory()
        try trajectory.append(TokenSpan(.prompt, tokens: [1, 2]))
        for version in [3, 5] {
            try trajectory.append(
                TokenSpan(
                    .policy(
                        TokenSpan.Policy(
                            behaviorLogProbabilities: [-1], version: PolicyVersion(version),
                            sampling: SamplingParameters(), requestID: "r", server: "s")), tokens: [4]))
        }
        #expect(trajectory.staleness(at: PolicyVersion(6)) == [0, 0, 3, 1])
    }

    @Test("nothing, and huge ratios, give finite numbers")
    func survivesAnything() throws {
        for level in ["none", "token", "sequence"] {
            let correction = try OffPolicyCorrection(settings: ["importance_sampling": .string(level), "veto": 1e-4])
            #expect(correction.correct([]).statistics.values.isEmpty)
            let huge = OffPolicyCorrection.Sequence(
                trainerLogProbabilities: [-1e6, 0], behaviorLogProbabilities: [0, -1e6], mask: [true, true])
            let result = correction.correct([huge, sequence([1], mask: [false])])
            #expect(result.weights.joined().areFinite)
            #expect(result.statistics.values.values.areFinite)
        }
    }
}
