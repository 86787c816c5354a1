import Foundation
import WhetCore
import WhetEnvironments

/// How many tasks go through an `EnvironmentPool` a second: whole ones, prompt and JSON of the problem included, on one
/// thread a core.
enum PoolBenchmark {
    struct Figures: Sendable {
        var threads: Int
        /// In batches, a second.
        var tasks, scores: Double
        /// One by one, cheap ones where they are asked for.
        var single: Double
        /// Seconds that going to a thread and back takes where nothing is to be done.
        var hop: Double

        var json: JSONValue {
            [
                "threads": .integer(threads), "tasks_per_second": .number(tasks), "scores_per_second": .number(scores),
                "single_scores_per_second": .number(single), "hop_seconds": .number(hop),
            ]
        }
    }

    /// Geometric means over the environments.
    static func figures(of entries: [EnvironmentCatalog.Entry], for time: Duration) async throws -> Figures {
        try await EnvironmentPool.with { pool in
            let hops = try await perSecond(for: time) { count in
                for _ in 0..<count { try await pool.run {} }
            }
            var rates: (tasks: [Double], scores: [Double], single: [Double]) = ([], [], [])
            for entry in entries {
                let environment = PooledEnvironment(try entry.environment(), on: pool)
                let levels = min(4, entry.maximumLevel ?? 4) + 1
                rates.tasks.append(
                    try await perSecond(for: time) { count in
                        let requests = (0..<count).map { (level: $0 % levels, seed: UInt64($0)) }
                        for result in try await environment.tasks(requests) { _ = try result.get() }
                    })
                let episodes = try await episodes(of: environment, levels: levels)
                rates.scores.append(
                    try await perSecond(for: time) { count in
                        let many = (0..<count).map { episodes[$0 % episodes.count] }
                        for result in try await environment.scores(of: many) { _ = try result.get() }
                    })
                rates.single.append(
                    try await perSecond(for: time) { count in
                        for index in 0..<count {
                            let episode = episodes[index % episodes.count]
                            _ = try await environment.score(episode.messages, of: episode.task)
                        }
                    })
            }
            return Figures(
                threads: pool.threadCount, tasks: EnvironmentBenchmark.geometricMean(rates.tasks),
                scores: EnvironmentBenchmark.geometricMean(rates.scores),
                single: EnvironmentBenchmark.geometricMean(rates.single), hop: 1 / hops)
        }
    }

    private static func episodes(
        of environment: PooledEnvironment, levels: Int
    ) async throws -> [PooledEnvironment.Episode] {
        var episodes: [PooledEnvironment.Episode] = []
        for index in 0..<25 {
            let task = try await environment.task(level: index % levels, seed: UInt64(index))
            let answer = try await environment.demonstration(of: task) ?? [Message(.assistant, "<answer>1</answer>")]
            episodes.append(.init(task, task.messages + answer))
        }
        return episodes
    }

    /// - Parameter body: does so many.
    private static func perSecond(
        for time: Duration, _ body: (_ count: Int) async throws -> Void
    ) async throws -> Double {
        let clock = ContinuousClock()
        // The first round fills caches, and shows how many fill a batch.
        var count = 64
        try await body(count)
        let start = clock.now
        var done = 0
        while clock.now - start < time {
            try await body(count)
            done += count
            count = min(4096, 2 * count)
        }
        return Double(done) / ((clock.now - start) / .seconds(1))
    }
}
