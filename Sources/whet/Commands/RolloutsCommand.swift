import ArgumentParser
import WhetCore
import WhetStore

struct RolloutsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollouts", abstract: "Look at what the policy did.",
        subcommands: [
            RolloutsListCommand.self, RolloutsShowCommand.self, RolloutsStatsCommand.self, RolloutsVerifyCommand.self,
            RolloutsRescoreCommand.self, RolloutsExportCommand.self,
        ])
}

/// Which rollouts a command is about.
struct RolloutFilterOptions: ParsableArguments {
    @Option(help: "A run's id, \"last\", or \"all\".") var run = "last"
    @Option(help: "training or evaluation.") var purpose: GroupID.Purpose?
    @Option(help: ArgumentHelp("A step, or a range of them.", valueName: "step or first-last")) var step: RangeArgument?
    @Option(help: "completed, truncated, aborted, failed or filtered.") var status: Rollout.Status?
    @Option(help: "Of this environment.") var environment: String?
    @Option(help: "Of this level of difficulty.") var level: Int?
    @Flag(inversion: .prefixedNo, help: "Only those that solved their task, or only those that did not.") var solved:
        Bool?

    func filter(in store: RolloutStore) async throws -> RolloutFilter {
        let run = run == "all" ? nil : try await RunChoice.id(run, in: store)
        return RolloutFilter(
            run: run, purpose: purpose, steps: step?.range, statuses: status.map { [$0] }, environment: environment,
            level: level, isSolved: solved)
    }
}

extension GroupID.Purpose: ExpressibleByArgument {}
extension Rollout.Status: ExpressibleByArgument {}
extension RolloutStatistics.Key: ExpressibleByArgument {}

extension RolloutID: ExpressibleByArgument {
    /// "12.3", or "evaluation-12.3", as `whet rollouts list` prints it.
    public init?(argument: String) {
        let parts = argument.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let member = Int(parts[1]), member >= 0 else { return nil }
        let names = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard let index = names.last.flatMap({ Int($0) }), index >= 0, names.count <= 2 else { return nil }
        let purpose = names.count == 2 ? GroupID.Purpose(rawValue: String(names[0])) : .training
        guard let purpose else { return nil }
        self.init(group: GroupID(index, purpose: purpose), member: member)
    }
}
