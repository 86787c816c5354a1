import Foundation
import Testing
import WhetCore
import WhetTraining

@Suite("Training loop")
struct TrainingLoopTests {
    @Test("the same recipe gives the same rewards and the same weights, bit for bit")
    func repeats() async throws {
        let (one, two) = (try TinyRun(), try TinyRun())
        defer {
            one.remove()
            two.remove()
        }
        try await one.train()
        try await two.train()
        #expect(try one.weights() == two.weights())
        let (first, second) = (try await one.outcomes(), try await two.outcomes())
        #expect(first == second)
    }

    @Test("another seed gives other weights")
    func seedMatters() async throws {
        let (one, two) = (try TinyRun(), try TinyRun(settings: ["run.seed=8"]))
        defer {
            one.remove()
            two.remove()
        }
        try await one.train()
        try await two.train()
        #expect(try one.weights() != two.weights())
    }

    @Test("a run that broke off and was resumed ends as one that never did", arguments: [0, 3, 4, 9, 20, 33, 55, 70])
    func resumes(scores: Int) async throws {
        let (whole, broken) = (try TinyRun(), try TinyRun())
        defer {
            whole.remove()
            broken.remove()
        }
        try await whole.train()
        await #expect(throws: WhetError.self) { try await broken.train(stopAfter: scores) }
        try await broken.train()
        #expect(try whole.weights() == broken.weights())
        let (expected, resumed) = (try await whole.outcomes(), try await broken.outcomes())
        // 5 steps of 12 rollouts, evaluations before, after 2, 4 and 5 of 4 problems each.
        #expect(resumed.count == 76)
        #expect(expected == resumed)
    }

    @Test("checkpoints further apart change nothing", arguments: [2, 5])
    func checkpointsSeldom(every: Int) async throws {
        let (often, seldom) = (try TinyRun(), try TinyRun(settings: ["run.checkpoint_every=\(every)"]))
        defer {
            often.remove()
            seldom.remove()
        }
        try await often.train()
        await #expect(throws: WhetError.self) { try await seldom.train(stopAfter: 55) }
        try await seldom.train()
        #expect(try often.weights() == seldom.weights())
    }

    @Test("trainer and server agree on every log-probability, as long as nothing was updated in between")
    func logProbabilitiesAgree() async throws {
        let run = try TinyRun(settings: ["trainer.mini_batches=1"])
        defer { run.remove() }
        try await run.train()
        let store = try run.store()
        for step in try await store.steps(of: TinyRun.id) where step.kind == .training {
            let difference = try #require(step.metrics["train/log_probability_difference"])
            #expect(difference < 1e-5)
        }
    }
}
