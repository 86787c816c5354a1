import ArgumentParser
import WhetCore
import WhetStore

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List the runs of the store, show one, or draw its rollouts over time.",
        subcommands: [RunsShowCommand.self, RunsTimelineCommand.self], defaultSubcommand: RunsShowCommand.self)
}

/// A run by its id, or the one that started last.
enum RunChoice {
    /// - Throws: `WhetError` with the nearest id when there is no such run.
    static func id(_ name: String, in store: RolloutStore) async throws -> String {
        guard name == "last" else { return try await store.run(name).id }
        guard let last = try await store.runs().last else {
            throw WhetError("there is no run yet", at: store.path, remedy: "whet train recipes/quickstart.yaml")
        }
        return last.id
    }
}
