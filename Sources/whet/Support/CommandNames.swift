import ArgumentParser
import WhetCore

/// Finds a mistyped command before the argument parser calls it an unexpected argument.
enum CommandNames {
    /// - Throws: `UsageError` with the nearest command.
    static func check(_ arguments: [String], against root: any ParsableCommand.Type) throws {
        var command: any ParsableCommand.Type = root
        var path = name(of: root)
        for argument in arguments {
            let choices = command.configuration.subcommands
            guard !choices.isEmpty, !argument.hasPrefix("-") else { return }
            // "help" is the argument parser's own.
            if argument == "help" { return }
            if let next = choices.first(where: { name(of: $0) == argument }) {
                command = next
                path += " \(argument)"
            } else if command.configuration.defaultSubcommand == nil {
                var error = WhetError.unknownName(argument, kind: "command", among: choices.filter(isShown).map(name))
                error.remedy = "\(path) --help"
                throw UsageError(error)
            } else {
                return
            }
        }
    }

    static func name(of command: any ParsableCommand.Type) -> String {
        command.configuration.commandName ?? command._commandName
    }

    /// Whether it is one for people.
    private static func isShown(_ command: any ParsableCommand.Type) -> Bool { command.configuration.shouldDisplay }

    /// Every command that does something for people, in full: "rollouts list".
    static func all(below command: any ParsableCommand.Type, path: [String] = []) -> [String] {
        let choices = command.configuration.subcommands.filter(isShown)
        if choices.isEmpty { return [path.joined(separator: " ")] }
        return choices.flatMap { all(below: $0, path: path + [name(of: $0)]) }
    }
}
