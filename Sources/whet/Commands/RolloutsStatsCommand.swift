import ArgumentParser
import WhetCore
import WhetStore

struct RolloutsStatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Rewards, accuracy and lengths of rollouts, gathered by what they have in common.")

    @OptionGroup var filter: RolloutFilterOptions
    @OptionGroup var home: HomeOptions
    @Option(help: "run, purpose, step, status, environment, level or server.") var by = RolloutStatistics.Key.step
    @Flag(help: "One JSON object a line of the table.") var json = false

    func run() async throws {
        let store = try home.openStore()
        let statistics = try await store.statistics(filter.filter(in: store), by: by)
        if json {
            for line in statistics { Output.json(line.json(by: by)) }
            return
        }
        var table = Table(
            (by.rawValue, .left), ("rollouts", .right), ("scored", .right), ("reward", .right), ("solved", .right),
            ("tokens", .right), ("longest", .right))
        for line in statistics {
            table.add(
                line.value.isEmpty ? "–" : line.value, "\(line.rollouts)", "\(line.scored)", line.meanReward.fixed(3),
                line.accuracy.percent, line.meanPolicyTokens.fixed(1), "\(line.maximumPolicyTokens)")
        }
        Output.text(table.text)
    }
}

extension RolloutStatistics {
    fileprivate func json(by key: Key) -> JSONValue {
        [
            "by": .string(key.rawValue), "value": .string(value), "rollouts": .integer(rollouts),
            "scored": .integer(scored),
            "solved": .integer(solved), "reward": meanReward.map(JSONValue.number) ?? .null,
            "accuracy": accuracy.map(JSONValue.number) ?? .null, "policy_tokens_mean": .number(meanPolicyTokens),
            "policy_tokens_max": .integer(maximumPolicyTokens),
        ]
    }
}
