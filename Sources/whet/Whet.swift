import ArgumentParser
import Foundation

/// The command line. Thin: a file a command, and what they share in Support and Display.
///
/// Keeps: results go to standard output, progress and complaints to standard error; the exit code is 0 when all went
/// well, 1 when something failed, 2 when the command line or the recipe is wrong (docs/cli.md).
@main
struct Whet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whet",
        abstract: "Post-trains language models with reinforcement learning.",
        discussion:
            "Runs and the store live under WHET_HOME, or ./runs. Start with: whet train recipes/quickstart.yaml",
        version: WhetVersion.current,
        subcommands: [
            TrainCommand.self, EvalCommand.self, ServeCommand.self, BenchCommand.self, RunsCommand.self,
            RolloutsCommand.self, CreditCommand.self, AlgorithmsCommand.self, EnvCommand.self, ChecklistCommand.self,
            ServersCommand.self, TrainerCommand.self, RecipeCommand.self, DoctorCommand.self, VersionCommand.self,
            BenchServerCommand.self,
        ])

    static func main() async {
        ProcessStart.prepare()
        Foundation.exit(await CommandRunner.run(Array(CommandLine.arguments.dropFirst())))
    }
}

/// The version of this build; a run in the store says which one it was made by.
enum WhetVersion {
    static let current = "0.1.0"
}
