import ArgumentParser

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version of whet.")

    @Flag(help: "One JSON object.") var json = false

    func run() {
        if json { Output.json(["version": .string(WhetVersion.current)]) } else { Output.line(WhetVersion.current) }
    }
}
