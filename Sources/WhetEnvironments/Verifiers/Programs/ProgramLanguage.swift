import WhetCore

/// How programs of a language are run.
struct ProgramLanguage: Hashable, Sendable {
    /// How code blocks are labelled.
    let labels: [String]
    /// What the program is called in its folder.
    let file: String
    let command: [String]
    /// Whether tests may be code that runs after the program.
    let runsTestCode: Bool

    static let python = ProgramLanguage(
        labels: ["python", "python3", "py"], file: "answer.py", command: ["python3", "-B", "answer.py"],
        runsTestCode: true)

    /// Any command; `{file}` in it stands for the program.
    ///
    /// - Parameter label: how code blocks are labelled.
    init(label: String, file: String, command: [String]) {
        self.init(
            labels: [label.lowercased()], file: file,
            command: command.map { $0 == "{file}" ? file : $0 }, runsTestCode: false)
    }

    private init(labels: [String], file: String, command: [String], runsTestCode: Bool) {
        self.labels = labels
        self.file = file
        self.command = command
        self.runsTestCode = runsTestCode
    }

    /// So that sets and numerical libraries do the same in every run, and in few threads.
    static let environment = [
        "PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
    ]
}

extension ProgramLanguage {
    /// Runs the program and then a test in its name space. What shows that the test was passed is a word that only
    /// this knows: ending early, with whatever status, shows nothing. (A program that goes looking for the word in
    /// Python's frames will find it; tests by output know no such way.)
    private static let harness = """
        import os, sys

        def run():
            word = os.read(0, 64)
            out = os.dup(1)
            space = {"__name__": "answer", "__file__": "answer.py"}
            for name in ("answer.py", "test.py"):
                with open(name, "rb") as file:
                    code = compile(file.read(), name, "exec")
                try:
                    exec(code, space)
                except SystemExit as end:
                    print(f"{name} called exit({end.code!r})", file=sys.stderr)
                    sys.stderr.flush()
                    os._exit(97)
            sys.stdout.flush()
            os.write(out, b"\\n" + word)
            os._exit(0)

        run()
        """

    /// What is run for a test.
    ///
    /// - Parameter word: shows that code passed; unlikely to come about otherwise.
    func sandboxed(_ program: String, _ test: ProgramTest, word: String) -> SandboxedProgram {
        let source = SandboxedProgram.File(file, program)
        switch test {
        case .output(let input, _):
            return SandboxedProgram(
                command, files: [source], input: Array(input.utf8), environment: Self.environment)
        case .code(let code):
            return SandboxedProgram(
                ["python3", "-B", "harness.py"],
                files: [source, .init("harness.py", Self.harness), .init("test.py", code)], input: Array(word.utf8),
                environment: Self.environment)
        }
    }
}
