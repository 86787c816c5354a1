import ArgumentParser
import WhetCore
import WhetEnvironments

struct EnvListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the environments there are.",
        discussion: "Programs of ./environments are started to ask for their levels, and are given ten seconds.")

    /// How long a program may take to say how hard it goes.
    private static let patience = Duration.seconds(10)

    @Flag(help: "One JSON object an environment.") var json = false

    func run() async throws {
        let groups = try await EnvironmentSources.groups().askingForLevels(within: Self.patience)
        if json {
            for source in groups.flatMap(\.sources) { Output.json(source.json) }
        } else {
            Output.text(Self.text(of: groups, on: .detect(1)))
        }
    }

    /// Lines are cut to a person's terminal; in a pipe they are whole.
    static func text(of groups: [EnvironmentSources.Group], on terminal: Terminal) -> String {
        let sources = groups.flatMap(\.sources)
        let nameWidth = sources.map(\.entry.name.count).max() ?? 0
        let levelWidth = sources.map { Self.levels($0).count }.max() ?? 0
        var lines: [String] = []
        for group in groups where !group.sources.isEmpty {
            if !lines.isEmpty { lines.append("") }
            let title = "\(group.title) (\(group.sources.count))"
            lines.append(terminal.styled(title.shortened(to: terminal.isInteractive ? terminal.width : .max), .bold))
            for source in group.sources {
                let options = source.entry.options.map(\.name)
                let words = source.summary + (options.isEmpty ? "" : " [\(options.joined(separator: ", "))]")
                let levels = Self.levels(source).filledLeft(to: levelWidth)
                let head = "  \(source.entry.name.filled(to: nameWidth))  \(levels)  "
                let room = terminal.isInteractive ? max(10, terminal.width - head.count) : Int.max
                var line = head + words.shortened(to: room)
                while line.last == " " { line.removeLast() }
                lines.append(line)
            }
        }
        lines.append("")
        lines.append("\(sources.count) environments: name, levels, what it practises, [options]")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func levels(_ source: EnvironmentSources.Source) -> String {
        source.maximumLevel.map { (0...$0).dashed } ?? "–"
    }
}

extension EnvironmentSources.Source {
    fileprivate var json: JSONValue {
        [
            "name": .string(entry.name), "kind": .string(kind), "summary": .string(summary),
            "maximum_level": maximumLevel.map(JSONValue.integer) ?? .null,
            "options": .array(entry.options.map(\.json)),
        ]
    }
}

extension EnvironmentOption {
    var json: JSONValue {
        [
            "name": .string(name), "expected": .string(expectation), "default": defaultValue,
            "summary": .string(summary),
        ]
    }
}
