import Foundation
import Testing
import WhetCore

@testable import WhetAlgorithms

@Suite("SPO's tracker")
struct SinglePromptTests {
    @Test("encoded and decoded it is the same, bit for bit")
    func roundTrip() throws {
        var tracker = try BetaTracker()
        var random = RandomStream(key: 3)
        for step in 0..<200 {
            tracker.observe(random.unit(), prompt: "\(step % 17)", divergence: step < 17 ? nil : random.unit() / 10)
        }
        let copy = try JSONDecoder().decode(BetaTracker.self, from: JSONEncoder().encode(tracker))
        #expect(copy == tracker)
    }

    @Test("prompts are chosen without replacement, the uncertain ones more often, the same for the same seed")
    func choice() throws {
        var tracker = try BetaTracker()
        let prompts = (0..<20).map(String.init)
        for prompt in prompts.prefix(10) { tracker.start(prompt, successes: 400, failures: 0) }
        var first = RandomStream(key: 1), second = RandomStream(key: 1)
        #expect(tracker.choose(8, from: prompts, random: &first) == tracker.choose(8, from: prompts, random: &second))
        #expect(Set(tracker.choose(50, from: prompts, random: &first)) == Set(prompts))
        #expect(tracker.choose(0, from: prompts, random: &first).isEmpty)
        #expect(tracker.choose(3, from: [], random: &first).isEmpty)

        var draws: [String: Int] = [:]
        for seed in 0..<20_000 {
            var random = RandomStream(key: UInt64(seed))
            draws[tracker.choose(1, from: prompts, random: &random)[0], default: 0] += 1
        }
        let total = prompts.reduce(0) { $0 + tracker.samplingWeight(of: $1) }
        for prompt in prompts {
            let share = Double(draws[prompt, default: 0]) / 20_000
            #expect(abs(share - tracker.samplingWeight(of: prompt) / total) < 0.01)
        }
    }

    @Test("values are in the units of rewards")
    func units() throws {
        var parameters = BetaTracker.Parameters()
        parameters.rewardLow = -1
        var tracker = try BetaTracker(parameters: parameters)
        #expect(tracker.value(of: "new") == 0)
        for _ in 0..<2_000 { tracker.observe(-5, prompt: "hard", divergence: 0.01) }
        #expect((-1 ... -0.99).contains(tracker.value(of: "hard")))
        #expect(tracker.samplingWeight(of: "hard").isFinite && tracker.belief(of: "hard").alpha > 0)
    }

    @Test("the divergence is the mean over policy tokens")
    func divergence() {
        #expect(
            BetaTracker.divergence(now: [-1, -2, -3], then: [-2, -9, -2.5], policyMask: [true, false, true]) == 0.75)
        #expect(BetaTracker.divergence(now: [], then: [], policyMask: []) == 0)
    }

    @Test("a policy that moved further is trusted less, within bounds")
    func forgetting() throws {
        let tracker = try BetaTracker()
        #expect(tracker.rho(divergence: nil) == 0.96)
        #expect(tracker.rho(divergence: 0) == 0.96)
        #expect(tracker.rho(divergence: 1e9) == 0.875)
        #expect(abs(tracker.rho(divergence: 0.0089) - 0.90229223) < 1e-8)
    }
}
