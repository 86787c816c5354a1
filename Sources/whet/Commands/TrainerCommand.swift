import ArgumentParser

struct TrainerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trainer", abstract: "Install trainers.", subcommands: [TrainerInstallCommand.self])
}
