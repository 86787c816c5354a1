import ArgumentParser
import WhetCore
import WhetEnvironments

struct EnvTryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try", abstract: "Play an environment yourself.",
        discussion: """
            Type an answer and end it with an empty line, or with the end of input. Without <answer> tags the whole of \
            it is the answer. /answer shows the right one, /quit ends.
            """)

    @OptionGroup var choice: EnvironmentChoice
    @Option(help: "How hard the problems are.") var level = 0
    @Option(help: "The seed of the first problem; otherwise any.") var seed: UInt64?
    @Option(help: "How many problems to play.") var count = 1

    func validate() throws {
        guard count > 0, level >= 0 else { throw ValidationError("--count is at least 1 and --level at least 0") }
    }

    func run() async throws {
        let source = try choice.source()
        let environment = try await choice.environment()
        try source.check(level...level)
        let first = seed ?? UInt64.random(in: 0..<1_000_000)
        var game = TerminalGame(environment: environment, terminal: .detect(1)) { readLine() }
        for offset in 0..<UInt64(count) {
            guard try await game.play(await environment.task(level: level, seed: first &+ offset)) else { break }
        }
        if game.played > 1 { Output.line("solved \(game.solved) of \(game.played)") }
    }
}

/// A person in the place of a policy.
struct TerminalGame {
    let environment: any Environment
    let terminal: Terminal
    /// The next line of input; nil at its end.
    let line: () -> String?
    private(set) var played = 0
    private(set) var solved = 0

    init(environment: any Environment, terminal: Terminal, line: @escaping () -> String?) {
        self.environment = environment
        self.terminal = terminal
        self.line = line
    }

    /// - Returns: false if the person does not want to go on.
    mutating func play(_ task: PracticeTask) async throws -> Bool {
        let right = try await environment.demonstration(of: task)
        // What a program or server reads of a message is not known here where it shows no demonstration.
        let unknown: ReferencePolicy.Form = environment is any ExternalEnvironment ? .none : .tag
        let form = right.flatMap(ReferencePolicy.init)?.form ?? unknown
        var messages = task.messages
        Output.line(terminal.styled("\(task.environment), level \(task.level), seed \(task.seed)", .cyan))
        for message in messages { Output.line(message.content) }
        while true {
            if terminal.isInteractive { Output.complain(terminal.styled("your answer, then an empty line:", .dim)) }
            guard let text = answer(right: right) else { return false }
            let isMarked = text.contains("<answer>") || text.contains("\\boxed{")
            messages.append(isMarked ? Message(.assistant, text) : form.message(text))
            guard let reply = try await environment.reply(to: messages, of: task) else { break }
            for message in reply { Output.line(message.content) }
            messages += reply
        }
        let score = try await environment.score(messages, of: task)
        played += 1
        if score.isSolved { solved += 1 }
        Output.line(terminal.styled(score.words, score.isSolved ? .green : .red))
        for part in score.parts { Output.line("  \(part.name): \(part.value.fixed(3))") }
        if !score.isSolved { show(right) }
        return true
    }

    /// What the person types up to an empty line; nil for no more.
    private func answer(right: [Message]?) -> String? {
        var lines: [String] = []
        while let line = line() {
            switch line {
            case "/quit": return nil
            case "/answer": show(right)
            case "" where lines.isEmpty: continue
            case "": return lines.joined(separator: "\n")
            default: lines.append(line)
            }
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    private func show(_ right: [Message]?) {
        guard let right else { return Output.line("no right answer is known") }
        Output.line(terminal.styled("a right answer:", .dim))
        for message in right { Output.line(message.content) }
    }
}
