import Foundation
import WhetCore
import WhetProcess

/// A program that solves tasks by asking an OpenAI server: a coding agent, a script with the openai package.
public struct AgentProgram: Hashable, Sendable {
    /// What says how well it did.
    public enum Scoring: Hashable, Sendable {
        /// The environment that set the task looks at the transcript. The program must end with 0.
        case environment
        /// 0 is solved, `unsolved` is not, and anything else is a failure: interpreters end with 1 when they crash.
        case exitStatus(unsolved: Int32)
        /// The program writes `{"reward": 0.5, "solved": false, "reason": …}` to the file that WHET_REWARD names, and
        /// ends with 0.
        case rewardFile
    }

    /// The program and its arguments. Names are looked up in whet's own PATH.
    public var command: [String]
    /// Where it runs; relative paths in `command` are seen from there.
    public var folder: String
    /// Beside those that every agent has.
    public var variables: [String: String]
    public var scoring: Scoring
    public var authority: SamplingAuthority
    /// Which keys of a task's problem the program may see. None by default: the answer lies there too.
    public var sharedKeys: [String]
    /// From start to end. What takes longer is killed, and has failed.
    public var totalTime: Duration
    /// How long it may ask nothing.
    public var idleTime: Duration
    /// How many of it run at a time; further episodes wait.
    public var workers: Int

    public init(
        _ command: [String], in folder: String = FileManager.default.currentDirectoryPath,
        variables: [String: String] = [:], scoring: Scoring = .environment, authority: SamplingAuthority = .override,
        sharedKeys: [String] = [], totalTime: Duration = .seconds(1800), idleTime: Duration = .seconds(300),
        workers: Int = 64
    ) {
        self.command = command
        self.folder = folder
        self.variables = variables
        self.scoring = scoring
        self.authority = authority
        self.sharedKeys = sharedKeys
        self.totalTime = totalTime
        self.idleTime = idleTime
        self.workers = workers
    }
}

/// Who decides how tokens are drawn when an agent asks for something else than the run does.
///
/// The trainer scores all tokens under one distribution, so an agent's wish is never followed.
public enum SamplingAuthority: String, Hashable, Sendable, CaseIterable {
    /// The run's sampling is used.
    case override
    /// A call that asks for anything else is refused.
    case refuse
}

extension AgentProgram {
    /// - Throws: `WhetError` when there is no program of that name, or it may not be run.
    func check() throws { _ = try ProcessCommand(command[0], in: folder).resolvedExecutable() }

    static let keys = [
        "command", "variables", "score", "unsolved_exit", "sampling", "shares", "total_seconds", "idle_seconds",
        "workers",
    ]

    /// Reads the `agent` section of an environment's file (docs/agents.md).
    ///
    /// - Parameters:
    ///   - folder: where the program runs: the one above that of an environment's file, as for other programs.
    ///   - place: the section, for messages.
    /// - Throws: `WhetError` that names the key which is missing or wrong.
    public init(settings: JSONObject, in folder: String, at place: String) throws {
        for key in settings.keys where !Self.keys.contains(key) {
            throw WhetError.unknownName(key, kind: "key", among: Self.keys, at: place)
        }
        func wrong(_ key: String, _ expected: String) -> WhetError {
            WhetError(
                settings[key].map { "\(key) is \($0.text())" } ?? "there is no \(key)", at: place, expected: expected,
                remedy: "see docs/agents.md")
        }
        func texts(_ key: String, _ expected: String) throws -> [String]? {
            guard let value = settings[key] else { return nil }
            let texts = value.array?.compactMap(\.string)
            guard let texts, texts.count == value.array?.count else { throw wrong(key, expected) }
            return texts
        }
        func seconds(_ key: String) throws -> Duration? {
            guard let value = settings[key] else { return nil }
            guard let number = value.double, number > 0, number <= 1e6 else {
                throw wrong(key, "a number of seconds above 0")
            }
            return .seconds(number)
        }
        func choice<Value>(_ key: String, _ choices: [String: Value], default name: String) throws -> Value {
            guard let value = settings[key] else { return choices[name]! }
            guard let text = value.string else {
                throw wrong(key, "one of \(choices.keys.sorted().joined(separator: ", "))")
            }
            guard let choice = choices[text] else {
                throw WhetError.unknownName(text, kind: key, among: choices.keys, at: place)
            }
            return choice
        }
        let command = try texts("command", "a list of texts: the program and its arguments") ?? []
        guard !command.isEmpty, command.first != "" else {
            throw wrong("command", "a list of texts: the program and its arguments")
        }
        self.init(command, in: folder)
        if let value = settings["variables"] {
            guard let object = value.object else { throw wrong("variables", "an object of texts and numbers") }
            for (name, value) in object {
                guard let text = value.string ?? value.double.map({ _ in value.text() }) else {
                    throw wrong("variables", "an object of texts and numbers")
                }
                variables[name] = text
            }
        }
        let unsolved = settings["unsolved_exit"]
        if let unsolved {
            guard settings["score"] == "exit", let status = unsolved.integer, 2...255 ~= status else {
                throw wrong("unsolved_exit", "an exit status from 2 to 255, beside `score: exit`")
            }
        }
        scoring = try choice(
            "score",
            [
                "environment": Scoring.environment, "reward_file": .rewardFile,
                "exit": .exitStatus(unsolved: Int32(unsolved?.integer ?? 10)),
            ], default: "environment")
        authority = try choice(
            "sampling", ["override": SamplingAuthority.override, "refuse": .refuse], default: "override")
        sharedKeys = try texts("shares", "a list of the problem's keys") ?? []
        totalTime = try seconds("total_seconds") ?? totalTime
        idleTime = try seconds("idle_seconds") ?? idleTime
        if let value = settings["workers"] {
            guard let count = value.integer, 1...100_000 ~= count else { throw wrong("workers", "a number from 1") }
            workers = count
        }
    }
}
