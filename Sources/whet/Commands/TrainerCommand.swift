import ArgumentParser

struct TrainerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trainer", abstract: "Install trainers, and hold them against what they promise.",
        subcommands: [TrainerInstallCommand.self, TrainerCheckCommand.self])
}
