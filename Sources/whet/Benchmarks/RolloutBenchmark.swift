import Foundation
import WhetCore
import WhetEnvironments
import WhetGym
import WhetHTTP
import WhetInference
import WhetRollouts
import WhetStore
import WhetText

/// How many single-turn rollouts a second go through the whole path: prompt, HTTP, reply, score, store.
///
/// The servers say the same words to everybody, in a process of their own on a processor of its own, so that nothing
/// but whet's own work is timed.
struct RolloutBenchmark: Benchmark {
    static let name = "rollouts"
    static let summary = "single-turn rollouts through canned servers, scored and stored; whet on one processor"
    static let parameters = [
        BenchmarkParameter("rollouts", 40_000, "rollouts that are played, in groups of 8"),
        BenchmarkParameter("concurrency", 512, "rollouts in flight"),
        BenchmarkParameter("servers", 1, "canned servers; each takes 16,384 requests at a time"),
        BenchmarkParameter("held", 0, "requests that must have come before the first is answered"),
        BenchmarkParameter("processor", 0, "where whet runs; -1: anywhere"),
        BenchmarkParameter("server_processor", 1, "where the servers run; -1: anywhere"),
    ]

    private var values = Dictionary(uniqueKeysWithValues: Self.parameters.map { ($0.name, Int($0.value)) })
    private let groupSize = 8

    mutating func set(_ parameter: String, to value: Double) throws {
        let range: ClosedRange<Double> =
            switch parameter {
            case "processor", "server_processor": -1...1023
            case "held": 0...10_000_000
            case "servers": 1...1000
            default: 1...10_000_000
            }
        guard range.contains(value), let whole = Int(exactly: value) else {
            throw WhetError(
                "\(parameter) cannot be \(value)", at: "--set \(parameter)",
                expected: "a whole number from \(Int(range.lowerBound)) to \(Int(range.upperBound))")
        }
        values[parameter] = whole
    }

    func run(progress: @Sendable (String) -> Void) async throws -> [(name: String, value: Double)] {
        guard value("held") <= min(value("concurrency"), rollouts) else {
            throw WhetError(
                "nobody would ever be answered", at: "--set held=\(value("held"))",
                expected: "no more than there are in flight, \(min(value("concurrency"), rollouts))")
        }
        if let processor = processor("processor") { try OneProcessor.confine(to: processor) }
        let folder = FileManager.default.temporaryDirectory.appending(path: "whet-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await EnvironmentPool.with { try await figures(in: folder, pool: $0, progress: progress) }
    }

    private func figures(
        in folder: URL, pool: EnvironmentPool, progress: @Sendable (String) -> Void
    ) async throws -> [(name: String, value: Double)] {
        let environment = pool.environment(
            try EnvironmentCatalog.gym.environment(named: "Sorting", options: ["wording": "compact"]))
        let curriculum = try await Curriculum(
            entries: [.init(environment: environment)], seed: 1, heldOut: .init(count: 0, seed: 1))
        let format = try await PolicyDirectory.writeTokenizer(
            for: curriculum, kind: .characters, vocabularySize: 512, to: folder)
        let servers = try CannedServers(
            count: value("servers"), held: value("held"), tokens: format.turn(saying: "<answer>1 2 3</answer>"),
            processor: processor("server_processor"))
        let store = try WhetHome(directory: folder).openStore()
        let run = "bench"
        try await store.begin(RunRecord(id: run, recipe: "{}", build: WhetVersion.current, seed: 1))
        let orchestrator = Orchestrator(
            player: EpisodePlayer(
                server: try client(of: servers.urls), environments: { _ in environment }, format: format, run: run),
            concurrency: value("concurrency"))

        progress("playing \(rollouts) rollouts, \(value("concurrency")) in flight")
        let start = Moment()
        var plans: [RolloutPlan] = []
        for index in 0..<rollouts / groupSize {
            plans += try RolloutPlan.group(
                GroupID(index), of: await curriculum.task(index), size: groupSize, format: format, runSeed: 1)
        }
        let planned = Moment()
        let played = try await orchestrator.play(
            plans, limits: EpisodeLimits(sampling: SamplingParameters()), version: .initial
        ) { try await store.record($0, run: run, step: 1) }
        try await store.flush()
        let end = Moment()
        try await store.close()
        servers.end()
        guard played.allSatisfy({ $0.score != nil }) else {
            throw WhetError("a rollout failed: \(played.compactMap(\.reason).first ?? "")")
        }
        return [
            ("rollouts_per_second", Double(rollouts) / (end.seconds - start.seconds)),
            ("rollouts_per_processor_second", Double(rollouts) / (end.processorSeconds - start.processorSeconds)),
            ("plans_per_second", Double(rollouts) / (planned.seconds - start.seconds)),
            ("rollouts", Double(rollouts)),
            ("in_flight", Double(min(rollouts, value("concurrency")))),
            ("peak_megabytes", ProcessStatus.peakMegabytes ?? .nan),
        ]
    }

    private func client(of urls: [String]) throws -> any InferenceServer {
        let client = try HTTPClient()
        let servers = urls.map { SGLangServer(url: $0, client: client) }
        return servers.count == 1 ? servers[0] : ServerPool(servers)
    }

    private func value(_ name: String) -> Int { values[name] ?? 0 }

    /// In whole groups.
    private var rollouts: Int { max(1, value("rollouts") / groupSize) * groupSize }

    private func processor(_ name: String) -> Int? { value(name) < 0 ? nil : value(name) }

    /// By two clocks: that on the wall, and that of whet's own work.
    private struct Moment {
        let seconds = Double(DispatchTime.now().uptimeNanoseconds) / 1e9
        let processorSeconds = ProcessStatus.processorSeconds
    }
}
