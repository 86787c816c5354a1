import Foundation
import Testing
import WhetCore
import WhetServer
import WhetStore
import WhetTestSupport

@Suite("whet train with trainer: tinker")
struct TinkerTrainingTests {
    private static let recipe = """
        policy: {model: "\(FixtureFolders.qwen3.path)"}
        environments:
          - name: Sorting
            options: {minimum_count: 2, maximum_count: 3, maximum_value: 9, wording: compact}
        rollout: {groups_per_step: 2, group_size: 4, max_new_tokens: 8}
        algorithm: {name: grpo, kl_coefficient: 0.01}
        warmup: {steps: 3, batch_size: 4}
        evaluation: {problems: 4, every: 0}
        run: {steps: 2}

        """

    @Test("warms up, samples, trains against a reference and publishes through a service, and leaves its addresses")
    func trains() async throws {
        try await inTemporaryFolder { folder in
            try Data(Self.recipe.utf8).write(to: folder.appending(path: "small.yaml"))
            let whet = try BuiltCommand(in: folder)
            var settings = TinkerService.Settings()
            settings.threads = 2
            let service = try TinkerService(directory: FixtureFolders.qwen3, settings: settings)
            try await service.withServer { url in
                let trained = try await whet.runApart(
                    "train", "small.yaml", "--set", "trainer=tinker", "--set", "trainer.url=\(url)", "--set",
                    "inference=tinker", "--set", "inference.url=\(url)")
                #expect(trained.code == 0, "\(trained.complaints)")
            }
            let store = try WhetHome(directory: folder.appending(path: "runs")).openStore(readOnly: true)
            let run = try #require(try await store.runs().first)
            let steps = try await store.steps(of: run.id)
            #expect(steps.map(\.step) == [0, 1, 2])
            for step in steps { #expect(step.metrics["train/loss"]?.isFinite == true) }
            #expect(steps.last?.metrics["train/reference_kl"] != nil)
            // The service samples what it trains: whet's fp32 on both sides.
            #expect(steps.last?.metrics["train/log_probability_difference"] ?? 1 < 1e-4)
            let checkpoint = WhetHome(directory: folder.appending(path: "runs")).directory(ofRun: run.id)
                .appending(path: "checkpoints/v000002")
            #expect(try Publication(directory: checkpoint).kind == .remote)
        }
    }
}
