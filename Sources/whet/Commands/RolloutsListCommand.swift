import ArgumentParser
import WhetCore
import WhetStore

struct RolloutsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List rollouts, a line each.")

    @OptionGroup var filter: RolloutFilterOptions
    @OptionGroup var home: HomeOptions
    @Option(help: "At most this many.") var limit = 20
    @Option(help: "Skip this many.") var offset = 0
    @Flag(help: "The last recorded first.") var newest = false
    @Flag(help: "One JSON object a rollout.") var json = false

    func validate() throws {
        guard limit > 0, offset >= 0 else { throw ValidationError("--limit is at least 1 and --offset at least 0") }
    }

    func run() async throws {
        let store = try home.openStore()
        var filter = try await filter.filter(in: store)
        (filter.limit, filter.offset, filter.order) = (limit, offset, newest ? .newestFirst : .identity)
        let rollouts = try await store.list(filter)
        if rollouts.isEmpty {
            Output.complain(
                "no rollouts are so; `whet rollouts stats --by environment` (or level, status, step) counts them")
        }
        if json {
            for rollout in rollouts { Output.json(rollout.json) }
            return
        }
        var table = Table(
            ("rollout", .left), ("step", .right), ("environment", .left), ("level", .right), ("status", .left),
            ("reward", .right), ("solved", .left), ("tokens", .right), ("version", .right))
        for rollout in rollouts {
            table.add(
                "\(rollout.id)", rollout.step.map(String.init) ?? "–", rollout.environment, "\(rollout.level)",
                rollout.status.rawValue, rollout.reward.fixed(3), rollout.isSolved.map { $0 ? "yes" : "no" } ?? "–",
                "\(rollout.policyTokens)", rollout.versions?.joined(by: "-") ?? "–")
        }
        Output.text(table.text)
        let count = try await store.count(filter)
        if offset + rollouts.count < count {
            Output.complain(
                "\(rollouts.count) of \(count); see more with --offset \(offset + rollouts.count) or --limit")
        }
    }
}

extension RolloutListing {
    fileprivate var json: JSONValue {
        [
            "run": .string(run), "rollout": .string("\(id)"), "purpose": .string(id.group.purpose.rawValue),
            "group": .integer(id.group.index), "member": .integer(id.member),
            "step": step.map(JSONValue.integer) ?? .null,
            "environment": .string(environment), "level": .integer(level), "status": .string(status.rawValue),
            "reason": reason.map(JSONValue.string) ?? .null, "reward": reward.map(JSONValue.number) ?? .null,
            "solved": isSolved.map(JSONValue.bool) ?? .null, "tokens": .integer(tokens),
            "policy_tokens": .integer(policyTokens),
            "versions": versions.map { [.integer($0.lowerBound), .integer($0.upperBound)] } ?? .null,
            "server": server.map(JSONValue.string) ?? .null, "seconds": .number(finishedAt - startedAt),
        ]
    }
}
