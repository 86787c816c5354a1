import Foundation
import WhetCore
import WhetEnvironments
import WhetGym
import WhetHTTP
import WhetInference
import WhetRollouts
import WhetStore
import WhetTestSupport
import WhetText

/// How many single-turn rollouts a second go through the whole path: prompt, HTTP, reply, score, store.
///
/// The server says the same words to everybody, so that nothing but whet's own work is timed; it shares the machine.
struct RolloutBenchmark: Benchmark {
    static let name = "rollouts"
    static let summary = "single-turn rollouts through a canned server, scored and stored"

    private let groups = 5_000, groupSize = 8, concurrency = 512

    func run(progress: @Sendable (String) -> Void) async throws -> [(name: String, value: Double)] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "whet-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }

        let pool = EnvironmentPool()
        let environment = pool.environment(
            try EnvironmentCatalog.gym.environment(named: "Sorting", options: ["wording": "compact"]))
        let curriculum = try await Curriculum(
            entries: [.init(environment: environment)], seed: 1, heldOut: .init(count: 0, seed: 1))
        let format = try await PolicyDirectory.writeTokenizer(
            for: curriculum, kind: .characters, vocabularySize: 512, to: folder)
        let words = format.turn(saying: "<answer>1 2 3</answer>")
        let canned = try CannedInference(records: false) { _ in .init(words) }
        let server = SGLangServer(url: canned.url, client: try HTTPClient())
        let store = try WhetHome(directory: folder).openStore()
        let run = "bench"
        try await store.begin(RunRecord(id: run, recipe: "{}", build: WhetVersion.current, seed: 1))
        let orchestrator = Orchestrator(
            player: EpisodePlayer(server: server, environments: { _ in environment }, format: format, run: run),
            concurrency: concurrency)

        progress("playing \(groups * groupSize) rollouts, \(concurrency) in flight")
        let clock = ContinuousClock()
        let start = clock.now
        var plans: [RolloutPlan] = []
        for index in 0..<groups {
            plans += try RolloutPlan.group(
                GroupID(index), of: await curriculum.task(index), size: groupSize, format: format, runSeed: 1)
        }
        let planned = clock.now
        let rollouts = try await orchestrator.play(
            plans, limits: EpisodeLimits(sampling: SamplingParameters()), version: .initial
        ) { try await store.record($0, run: run, step: 1) }
        try await store.flush()
        let end = clock.now
        try await store.close()
        guard rollouts.allSatisfy({ $0.score != nil }) else {
            throw WhetError("a rollout failed: \(rollouts.compactMap(\.reason).first ?? "")")
        }
        return [
            ("rollouts_per_second", Double(rollouts.count) / ((end - start) / .seconds(1))),
            ("plans_per_second", Double(plans.count) / ((planned - start) / .seconds(1))),
            ("rollouts", Double(rollouts.count)),
        ]
    }
}
