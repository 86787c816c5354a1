import WhetCore
import WhetEnvironments

/// How many whole tasks an environment makes, and how many finished episodes it scores, a second: with many asked for
/// at a time, as a run does. For environments that are not procedural: programs, servers, games, those written in YAML.
struct TaskBenchmark {
    /// So many are in flight, enough for whole batches.
    static let width = 256

    let environment: any Environment
    let levels: ClosedRange<Int>

    /// - Throws: what making tasks or scoring throws: what fails has no speed.
    func rates(for time: Duration) async throws -> EnvironmentBenchmark.Rates {
        let generated = try await perSecond(for: time) { index in _ = try await task(index) }
        let episodes = try await (0..<16).concurrentMap { try await episode(of: task($0)) }
        let scored = try await perSecond(for: time) { index in
            let (task, messages) = episodes[index % episodes.count]
            _ = try await environment.score(messages, of: task)
        }
        return EnvironmentBenchmark.Rates(name: environment.name, generated: generated, scored: scored)
    }

    private func task(_ index: Int) async throws -> PracticeTask {
        try await environment.task(level: levels.lowerBound + index % levels.count, seed: UInt64(index))
    }

    /// The right answer in half of them, where one is known.
    private func episode(of task: PracticeTask) async throws -> (task: PracticeTask, messages: [Message]) {
        let right = task.seed.isMultiple(of: 2) ? try await environment.demonstration(of: task) : nil
        let policy = right.flatMap(ReferencePolicy.init)?.messages ?? [Message(.assistant, "0")]
        return (task, try await EpisodePlay(in: environment).conversation(saying: policy, of: task))
    }

    private func perSecond(
        for time: Duration, _ body: @Sendable @escaping (Int) async throws -> Void
    ) async throws -> Double {
        let clock = ContinuousClock()
        // The first round starts workers and fills caches.
        _ = try await (0..<Self.width).concurrentMap(body)
        let start = clock.now
        var count = 0
        while clock.now - start < time {
            _ = try await (count..<count + Self.width).concurrentMap(body)
            count += Self.width
        }
        return Double(count) / ((clock.now - start) / .seconds(1))
    }
}
