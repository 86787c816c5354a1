import Foundation
import WhetCore
import WhetStore
import WhetTraining

/// Trains the same small policy under several algorithms, each from the same warm start with the same number of
/// rollouts.
///
/// Keeps: of one seed all algorithms have the same weights to begin with, the same pool of prompts, the same held-out
/// problems and as many rollouts; SPO's values start from the prior, because offline samples would be rollouts too.
struct AlgorithmComparison: Benchmark {
    static let name = "algorithms"
    static let summary = "six algorithms on one small policy, three seeds each: held-out accuracy, zero credit, speed"

    private let algorithms = ["grpo", "dr_grpo", "rloo", "gspo", "cispo", "spo"]
    private let seeds: [UInt64] = [1, 2, 3]

    /// The quickstart's policy and task, with a pool of prompts that every algorithm meets again and again.
    static let recipe = """
        policy:
          model: new
          architecture: {hidden_size: 128, layers: 4, intermediate_size: 384, context_length: 128, tokenizer: bpe,
            vocabulary_size: 300}
        environments:
          - name: Sorting
            options: {minimum_count: 3, maximum_count: 6, maximum_value: 9, wording: compact}
        warmup: {steps: 100, batch_size: 64, learning_rate: 0.001}
        rollout: {prompts: 1024, max_new_tokens: 40}
        trainer: {learning_rate: 0.0003, schedule: linear, final_share: 0.1, mini_batches: 2}
        evaluation: {problems: 500, temperature: 1, every: 0}
        run: {steps: 160, checkpoint_every: 160}
        """

    /// What came of one training.
    private struct Outcome {
        var accuracy: Double
        var zeroShare: Double
        var rollouts: Double
        var seconds: Double
    }

    func run(progress: @Sendable (String) -> Void) async throws -> [(name: String, value: Double)] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "whet-bench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let home = WhetHome(directory: folder)
        let store = try home.openStore()
        var outcomes: [String: [Outcome]] = [:]
        var starts: [Double] = []
        for seed in seeds {
            let start = try await train(["run.steps=0", "run.seed=\(seed)"], home, store)
            starts.append(start.after)
            progress("seed \(seed): the warm start solves \(start.after.percent)")
            let policy = home.directory(ofRun: start.run).appending(path: "checkpoints/v000000").path
            for algorithm in algorithms {
                var settings = [
                    "run.seed=\(seed)", "policy.model=\(policy)", "policy.architecture=null", "warmup.steps=0",
                    "algorithm=\(algorithm)",
                ]
                if algorithm == "spo" { settings.append("algorithm.offline_samples=0") }
                let run = try await train(settings, home, store)
                let outcome = try await outcome(of: run, in: store)
                outcomes[algorithm, default: []].append(outcome)
                progress(
                    "seed \(seed), \(algorithm): \(outcome.accuracy.percent) of held-out problems, "
                        + "\(outcome.zeroShare.percent) zero credit, \(outcome.seconds.duration)")
            }
        }
        try await store.close()
        return [("warm_start_accuracy", starts.mean)] + algorithms.flatMap { figures(of: $0, outcomes[$0] ?? []) }
    }

    private func figures(of algorithm: String, _ outcomes: [Outcome]) -> [(name: String, value: Double)] {
        let accuracies = outcomes.map(\.accuracy)
        return [
            ("\(algorithm)_accuracy", accuracies.mean),
            ("\(algorithm)_accuracy_deviation", accuracies.standardDeviation),
            ("\(algorithm)_zero_share", outcomes.map(\.zeroShare).mean),
            ("\(algorithm)_rollouts_per_second", outcomes.map { $0.rollouts / $0.seconds }.mean),
            ("\(algorithm)_seconds", outcomes.map(\.seconds).mean),
        ]
    }

    /// A line an algorithm instead of a line a figure.
    func text(of figures: [(name: String, value: Double)]) -> String {
        let values = Dictionary(figures.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        var table = Table(
            ("algorithm", .left), ("held-out accuracy", .right), ("deviation", .right), ("zero credit", .right),
            ("rollouts/s", .right), ("seconds", .right))
        table.add("warm start", values["warm_start_accuracy"].percent, "", "", "", "")
        for name in algorithms {
            table.add(
                name, values["\(name)_accuracy"].percent, values["\(name)_accuracy_deviation"].percent,
                values["\(name)_zero_share"].percent, values["\(name)_rollouts_per_second"].fixed(0),
                values["\(name)_seconds"].fixed(1))
        }
        return table.text
    }

    private struct Trained {
        let run: String
        let after: Double
    }

    private func train(_ settings: [String], _ home: WhetHome, _ store: RolloutStore) async throws -> Trained {
        var recipe = try Recipe(yaml: Self.recipe, file: "bench algorithms", overrides: settings, catalog: .whet)
        recipe.run.name = "bench"
        let run = try await RunAssembly.begin(recipe, in: store)
        let finished = try await RunAssembly(run: run, recipe: recipe, home: home, store: store)
            .train(stop: StopSignal()) { _ in }
        guard let after = finished?.after ?? finished?.before else { throw CancellationError() }
        return Trained(run: run, after: after)
    }

    private func outcome(of trained: Trained, in store: RolloutStore) async throws -> Outcome {
        let steps = try await store.steps(of: trained.run).filter { $0.kind == .training }
        let times = ["time/rollouts_seconds", "time/update_seconds", "time/write_seconds"]
        return Outcome(
            accuracy: trained.after, zeroShare: steps.compactMap { $0.metrics["credit/zero_share"] }.mean,
            rollouts: Double(try await store.count(RolloutFilter(run: trained.run, purpose: .training))),
            seconds: steps.reduce(0) { sum, step in times.reduce(sum) { $0 + (step.metrics[$1] ?? 0) } })
    }
}
