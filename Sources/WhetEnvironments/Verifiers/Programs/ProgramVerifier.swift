import WhetCore

/// The answer is a program, and passes the problem's tests in the sandbox.
///
/// Keeps: what the program does is judged; what the sandbox cannot do throws.
struct ProgramVerifier: ConfigurableVerifier {
    static let kind = "programs"
    static let summary = "the answer is a program, run against the problem's tests in a sandbox"
    static let settings = [
        VerifierSetting("tests", "where the problem has its tests, or a list of them; default tests"),
        VerifierSetting("language", "python (default), or how code blocks of the language are labelled, with command"),
        VerifierSetting("command", "for other languages: a list such as [ruby, \"{file}\"]"),
        VerifierSetting("file", "for other languages: what the program's file is called; default program"),
        VerifierSetting("grading", "share (default): the share of passed tests; all: 1 for all, else 0"),
        VerifierSetting("stop_early", "whether the first test that fails ends it; default true for grading: all"),
        VerifierSetting("comparison", "lines (default; ends of lines and blank last lines are free), words or exact"),
        VerifierSetting("time_limit", "processor seconds a test; default 10 (three times as long by the clock)"),
        VerifierSetting("memory_mb", "of each process; default 1024"),
        VerifierSetting("processes", "processes and threads; default 32"),
        VerifierSetting("output_kb", "of what one test writes; default 1024"),
        VerifierSetting("readable", "folders that programs may read beside /usr, such as a virtual environment"),
    ]

    enum Grading: String, CaseIterable, Sendable {
        case share, all
    }

    private enum Source: Sendable {
        case literal([ProgramTest])
        case field(FieldPath)
    }

    private let sandbox: Sandbox
    private let tests: Source
    private let language: ProgramLanguage
    private let grading: Grading
    private let stopsEarly: Bool
    private let comparison: OutputComparison
    private let limits: SandboxLimits

    /// - Throws: `WhetError` also where programs cannot be run in a sandbox.
    init(settings: VerifierSettings) throws {
        switch settings["tests"] {
        case nil: tests = .field(FieldPath("tests"))
        case .string(let path): tests = .field(FieldPath(path))
        case .some(let list): tests = .literal(try ProgramTest.list(list, at: settings.place(of: "tests")))
        }
        language = try Self.language(settings)
        grading = try settings.choice("grading", default: .share)
        stopsEarly = try settings.flag("stop_early", default: grading == .all)
        comparison = try settings.choice("comparison", default: .lines)
        let seconds = try settings.number("time_limit", in: 0.01...100_000, "seconds, more than 0") ?? 10
        let bytes = try settings.integer("output_kb", atLeast: 1) ?? 1024
        let memory = try settings.integer("memory_mb", atLeast: 16) ?? 1024
        guard bytes < 1 << 30, memory < 1 << 40 else { throw WhetError("this is too much", at: settings.place) }
        limits = SandboxLimits(
            wallTime: .seconds(seconds * 3), processorTime: .seconds(seconds), memoryBytes: memory << 20,
            processes: try settings.integer("processes", atLeast: 1) ?? 32, outputBytes: bytes << 10)
        sandbox = try Sandbox(readableFolders: settings.texts("readable") ?? [])
        if case .literal(let list) = tests { try check(list, at: settings.place(of: "tests")) }
    }

    private static func language(_ settings: VerifierSettings) throws -> ProgramLanguage {
        let name = try settings.text("language") ?? "python"
        guard let command = try settings.texts("command") else {
            guard ProgramLanguage.python.labels.contains(name) else {
                throw WhetError(
                    "how to run \(name.excerpt) is not said", at: settings.place(of: "language"),
                    expected: "python, or the setting command with it",
                    remedy: "command: [\(name), \"{file}\"]")
            }
            return .python
        }
        guard command.contains("{file}") else {
            throw WhetError(
                "the command does not name the program", at: settings.place(of: "command"), expected: "\"{file}\" in it"
            )
        }
        return ProgramLanguage(label: name, file: try settings.text("file") ?? "program", command: command)
    }

    private func check(_ tests: [ProgramTest], at place: String) throws {
        for case .code in tests where !language.runsTestCode {
            throw WhetError(
                "tests that are code are for Python", at: place, expected: #"{"input": …, "output": …}"#)
        }
    }

    func verify(_ response: Response) async throws -> Verdict {
        let tests = try tests(of: response.problem)
        guard
            let program = ProgramText.program(
                answer: response.answer, reply: response.reply, languages: language.labels)
        else { return Verdict(0, "no program could be read: there is no answer and no code block") }

        var passed = 0
        var failures: [String] = []
        for (index, test) in tests.enumerated() {
            if let failure = try await failure(of: program, in: test) {
                failures.append("test \(index + 1): \(failure)")
                if stopsEarly { break }
            } else {
                passed += 1
            }
        }
        if passed == tests.count { return Verdict(1, "all \(passed) tests passed") }
        var reason = "\(passed) of \(tests.count) tests passed; " + failures.prefix(3).joined(separator: "; ")
        if failures.count > 3 { reason += "; …" }
        if passed + failures.count < tests.count { reason += "; the others were not run" }
        return Verdict(grading == .all ? 0 : Double(passed) / Double(tests.count), reason)
    }

    private func tests(of problem: JSONValue) throws -> [ProgramTest] {
        switch tests {
        case .literal(let list): return list
        case .field(let path):
            let list = try ProgramTest.list(path.required(in: problem), at: "problem, \(path)")
            try check(list, at: "problem, \(path)")
            return list
        }
    }

    /// - Returns: why the program fails the test; nil if it passes.
    private func failure(of program: String, in test: ProgramTest) async throws -> String? {
        let word = String(UInt64.random(in: 0 ... .max), radix: 36) + String(UInt64.random(in: 0 ... .max), radix: 36)
        let result = try await sandbox.run(language.sandboxed(program, test, word: word), limits: limits)
        guard result.isSuccess else { return result.reason }
        switch test {
        case .code:
            return result.output.suffix(word.utf8.count + 1).elementsEqual(("\n" + word).utf8)
                ? nil : "it ended before the test did"
        case .output(_, let expected):
            if comparison.areSame(result.output, Array(expected.utf8)) { return nil }
            return "it wrote \(result.outputText.excerpt) instead of \(expected.excerpt)"
        }
    }
}

extension VerifierCatalog.Entry {
    /// Programs against tests; each verifier has a sandbox of its own, made when it is.
    public static let programs = VerifierCatalog.Entry(ProgramVerifier.self)
}
