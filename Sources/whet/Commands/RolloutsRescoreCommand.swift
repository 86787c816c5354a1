import ArgumentParser
import Foundation
import WhetCore
import WhetEnvironments
import WhetStore
import WhetTraining

struct RolloutsRescoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rescore",
        abstract: "Score stored rollouts once more, by the environments as they are now.",
        discussion: """
            Shows what a changed checklist, verifier or judge would have said; the store keeps what was said at the \
            time. Judges are asked only what they were never asked: their answers are in the store. Exit code 1 where a \
            rollout could not be scored.
            """)

    @OptionGroup var filter: RolloutFilterOptions
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "A change of the run's recipe, such as environments.0.options.share=1.", valueName: "key=value"))
    var changes: [String] = []
    @Option(help: "Rollouts that are scored at a time.") var concurrency = 64
    @Option(help: "How many of those to show whose reward changed most.") var top = 10
    @OptionGroup var home: HomeOptions
    @Flag(help: "One JSON object.") var json = false

    /// Rollouts that are read at a time.
    private static let page = 5_000

    func validate() throws {
        guard concurrency > 0 else { throw ValidationError("--concurrency is at least 1") }
        guard top >= 0 else { throw ValidationError("--top is at least 0") }
    }

    func run() async throws {
        let store = try home.openWritableStore()
        let judgments = StoredJudgments.keep(in: store)
        var filter = try await filter.filter(in: store)
        guard let run = filter.run else {
            throw UsageError(WhetError("the environments are those of one run's recipe", at: "--run all"))
        }
        let record = try await store.run(run)
        var recipe = try Recipe(of: record, readBy: WhetVersion.current)
        // A stored recipe is JSON, which is YAML.
        if !changes.isEmpty {
            recipe = try Recipe(yaml: record.recipe, file: run, overrides: changes, catalog: .whet)
        }
        let environments = try EnvironmentAssembly.environments(of: recipe)
        var rescoring = Rescoring()
        filter.limit = Self.page
        while true {
            let rollouts = try await store.rollouts(filter).map(\.rollout)
            try await rescoring.add(rollouts.filter { $0.score != nil }, by: environments, concurrency: concurrency)
            guard rollouts.count == Self.page else { break }
            filter.offset += Self.page
        }
        guard rescoring.count > 0 else {
            throw WhetError("there are no scored rollouts", at: run, remedy: "`whet rollouts list` shows what there is")
        }
        let asked = judgments.counts
        if json {
            Output.json(rescoring.json(judgments: asked, top: top))
        } else {
            Output.text(rescoring.text(judgments: asked, top: top))
        }
        if !rescoring.failures.isEmpty { throw ExitCode(CommandRunner.Code.failure) }
    }
}

/// Scores of stored rollouts, as they were and as they would be now.
struct Rescoring: Sendable {
    struct Change: Sendable {
        let rollout: RolloutID
        let before: Score
        let after: Score
    }

    private(set) var changes: [Change] = []
    /// What could not be scored, with the reason.
    private(set) var failures: [(rollout: RolloutID, reason: String)] = []

    var count: Int { changes.count + failures.count }

    /// - Throws: `WhetError` where a rollout's environment is none of the run's; `CancellationError`.
    mutating func add(
        _ rollouts: [Rollout], by environments: [String: any Environment], concurrency: Int
    ) async throws {
        let turnstile = Turnstile(places: concurrency)
        let results = try await rollouts.concurrentMap { rollout -> Result<Score, WhetError> in
            guard let environment = environments[rollout.task.environment] else {
                throw WhetError.unknownName(
                    rollout.task.environment, kind: "environment", among: environments.keys.sorted(),
                    at: "rollout \(rollout.id)")
            }
            return try await turnstile.pass {
                if let agents = environment as? AgentEnvironment, agents.agent.scoring != .environment {
                    return .failure(WhetError("its program said what it is worth, and is not run again"))
                }
                do { return .success(try await environment.score(rollout.messages, of: rollout.task)) } catch {
                    if Task.isCancelled { throw CancellationError() }
                    return .failure(error as? WhetError ?? WhetError("\(error)"))
                }
            }
        }
        for (rollout, result) in zip(rollouts, results) {
            switch (rollout.score, result) {
            case (let before?, .success(let after)):
                changes.append(Change(rollout: rollout.id, before: before, after: after))
            case (_, .failure(let error)): failures.append((rollout.id, error.description))
            case (nil, _): continue
            }
        }
    }

    private func largest(_ count: Int) -> [Change] {
        func size(_ change: Change) -> Double { abs(change.after.reward - change.before.reward) }
        return Array(
            changes.filter { $0.before.reward != $0.after.reward || $0.before.isSolved != $0.after.isSolved }
                .sorted { (size($0), $1.rollout) > (size($1), $0.rollout) }.prefix(count))
    }

    private func mean(_ number: (Change) -> Double) -> Double { changes.map(number).mean }
}

extension Rescoring {
    func text(judgments: StoredJudgments.Counts, top: Int) -> String {
        var totals = Table(("", .left), ("before", .right), ("now", .right))
        totals.add("mean reward", mean(\.before.reward).fixed(4), mean(\.after.reward).fixed(4))
        totals.add(
            "solved", mean { $0.before.isSolved ? 1 : 0 }.percent, mean { $0.after.isSolved ? 1 : 0 }.percent)
        var text = "\(count) rollouts; judgments: \(judgments.asked) asked for, \(judgments.known) from the store\n"
        text += totals.text
        let largest = largest(top)
        if !largest.isEmpty {
            var table = Table(("rollout", .left), ("before", .right), ("now", .right), ("why", .left))
            for change in largest {
                table.add(
                    "\(change.rollout)", change.before.reward.fixed(3), change.after.reward.fixed(3),
                    change.after.reason ?? "")
            }
            text += "\n" + table.text
        }
        if !failures.isEmpty {
            text += "\n\(failures.count) could not be scored:\n"
            text += failures.prefix(top).map { "  \($0.rollout): \($0.reason)\n" }.joined()
        }
        return text
    }

    func json(judgments: StoredJudgments.Counts, top: Int) -> JSONValue {
        [
            "rollouts": .integer(count), "reward_before": .number(mean(\.before.reward)),
            "reward": .number(mean(\.after.reward)), "solved_before": .number(mean { $0.before.isSolved ? 1 : 0 }),
            "solved": .number(mean { $0.after.isSolved ? 1 : 0 }), "judgments_asked": .integer(judgments.asked),
            "judgments_known": .integer(judgments.known),
            "changed": .array(
                largest(top).map {
                    [
                        "rollout": .string("\($0.rollout)"), "before": .number($0.before.reward),
                        "reward": .number($0.after.reward), "reason": .string($0.after.reason ?? ""),
                    ]
                }),
            "failed": .array(
                failures.map { ["rollout": .string("\($0.rollout)"), "reason": .string($0.reason)] }),
        ]
    }
}
