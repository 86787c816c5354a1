import ArgumentParser
import WhetCore
import WhetEnvironments

struct EnvShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print sample problems with an answer and its score.")

    @OptionGroup var choice: EnvironmentChoice
    @Option(help: ArgumentHelp("A level, or a range of them; otherwise 0 to 4.", valueName: "level or first..last"))
    var level: RangeArgument?
    @Option(help: "The seed of the first problem of each level.") var seed: UInt64 = 0
    @Option(help: "Problems of each level.") var count = 1
    @Flag(help: "One JSON object a problem, with its private data.") var json = false

    func validate() throws {
        guard count > 0 else { throw ValidationError("--count is at least 1") }
    }

    func run() async throws {
        let source = try choice.source()
        let environment = try await choice.environment()
        if let level { try source.check(level.range) }
        let standard = await source.levels(upTo: 4, of: environment)
        let levels = level?.range ?? standard
        let terminal = Terminal.detect(1)
        if !json { Output.text(Self.head(of: source, on: terminal)) }
        for level in levels {
            for offset in 0..<UInt64(count) {
                let sample = try await EnvironmentSample(environment, level: level, seed: seed &+ offset)
                if json { Output.json(sample.json) } else { Output.text(sample.text(on: terminal)) }
            }
        }
    }

    static func head(of source: EnvironmentSources.Source, on terminal: Terminal) -> String {
        let summary = source.summary.isEmpty ? "" : ": \(source.summary)"
        var text = terminal.styled(source.entry.name, .bold) + summary + "\n"
        if let maximum = source.maximumLevel { text += "levels \((0...maximum).dashed)\n" }
        for option in source.entry.options {
            let standard = option.defaultValue.isNull ? "" : "; default \(option.defaultValue.text())"
            text += "option \(option.name): \(option.summary) (\(option.expectation)\(standard))\n"
        }
        return text
    }
}

/// A problem, what a perfect policy answers to it, and what that is worth.
struct EnvironmentSample {
    let task: PracticeTask
    /// What follows the opening messages, the environment's own words included; nil where no right answer is known.
    let demonstration: [Message]?
    let score: Score?

    /// - Throws: what making the task or scoring the answer throws.
    init(_ environment: any Environment, level: Int, seed: UInt64) async throws {
        task = try await environment.task(level: level, seed: seed)
        if let policy = try await environment.demonstration(of: task).flatMap(ReferencePolicy.init) {
            let messages = try await EpisodePlay(in: environment).conversation(saying: policy.messages, of: task)
            demonstration = Array(messages.dropFirst(task.messages.count))
            score = try await environment.score(messages, of: task)
        } else {
            (demonstration, score) = (nil, nil)
        }
    }

    func text(on terminal: Terminal) -> String {
        var lines = ["", terminal.styled("level \(task.level), seed \(task.seed)", .cyan)]
        for message in task.messages + (demonstration ?? []) {
            lines.append(terminal.styled(message.role.rawValue, .dim))
            lines += message.content.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
        }
        lines.append(terminal.styled("score", .dim) + "  " + (score?.words ?? "no right answer is known"))
        for part in score?.parts ?? [] {
            let why = part.reason.map { ", \($0)" } ?? ""
            lines.append("  \(part.name): \(part.value.fixed(3)) of weight \(part.weight.fixed(2))\(why)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    var json: JSONValue {
        [
            "environment": .string(task.environment), "level": .integer(task.level),
            // As a string: JSON numbers lose bits of 64.
            "seed": .string("\(task.seed)"), "messages": .array(task.messages.map(\.json)), "problem": task.problem,
            "demonstration": demonstration.map { .array($0.map(\.json)) } ?? .null, "score": score?.json ?? .null,
        ]
    }
}
