import Synchronization
import WhetCore
import WhetProcess
import WhetText

/// A Python interpreter for each rollout, whose variables last from call to call, in the sandbox.
///
/// Keeps: an interpreter has no network, no files but the system's and its own, and no sight of any other interpreter;
/// its time, memory and output are bounded, and so is the memory of all together. What its code does wrong, ends
/// included, the policy is told; only an interpreter that cannot be had fails a rollout.
public final class PythonTools: ToolSet {
    public struct Settings: Hashable, Sendable {
        /// A path or a name; seen from the sandbox.
        public var python = "python3"
        /// What every interpreter has loaded already: it costs memory and time once, not once for each.
        public var imports: [String] = []
        public var maximumSessions = 1000
        /// Address space of each process of an interpreter.
        public var memoryBytes = 1 << 29
        /// What all interpreters together have beyond what they share; where it is more, the largest is ended.
        public var totalMemoryBytes = 1 << 32
        /// In an interpreter's `/tmp`.
        public var temporaryBytes = 1 << 24
        /// Processes and threads of one interpreter.
        public var processes = 16
        /// Of one call; the middle of more is left out.
        public var outputBytes = 1 << 15
        /// Python that is run in each new interpreter's scope before its first call; what it prints nobody sees. It can
        /// define functions that use `whet_call`. Where it fails, the interpreter cannot be had.
        public var prelude = ""
        /// How often one call may use `whet_call`.
        public var functionCalls = 1000
        public var maximumRestarts = 8
        public var restartWindow = Duration.seconds(60)
        /// How long an interpreter may take until it can be called.
        var startSeconds = 45.0
        /// How often interpreters that nobody calls are looked at: they must not compute.
        var idleLookSeconds = 5.0

        public init() {}
    }

    public var memory: ToolMemory { .repeatable }
    private let settings: Settings
    private let command: ProcessCommand
    private let state: Mutex<State>

    private struct State {
        var host: PythonHost?
        var restarts: RestartRule
        var isClosed = false
    }

    /// Starts nothing yet.
    ///
    /// - Throws: `WhetError` where the sandbox has no such Python.
    public init(_ settings: Settings = Settings(), sandbox: Sandbox) throws {
        self.settings = settings
        command = try sandbox.hostCommand(
            [
                settings.python, "-I", "-c", PythonHostScript.launcher, PythonHostScript.text, settings.json.text(),
            ],
            limits: SandboxLimits(
                processorTime: .seconds(100_000_000), memoryBytes: 1 << 36,
                processes: settings.maximumSessions * settings.processes + 64, temporaryBytes: settings.temporaryBytes,
                openFiles: settings.maximumSessions + 128))
        state = Mutex(
            State(restarts: RestartRule(maximum: settings.maximumRestarts, window: settings.restartWindow)))
    }

    deinit { state.withLock { $0.host }?.kill() }

    public func definitions() async throws -> [ToolDefinition] {
        [
            try ToolDefinition(
                ToolCallSyntax.pythonTool,
                "Runs Python code and shows what it prints, and the value of a last expression. "
                    + "Variables last from call to call. There is no network.",
                parameters: [
                    "type": "object",
                    "properties": [
                        ToolCallSyntax.pythonArgument: [
                            "type": "string", "description": "the code", "maxLength": 100_000,
                        ]
                    ],
                    "required": [.string(ToolCallSyntax.pythonArgument)], "additionalProperties": false,
                ])
        ]
    }

    public func session(for task: PracticeTask) async throws -> any ToolSession {
        try session(calling: nil)
    }

    /// An interpreter whose code can call functions, by `whet_call(name, arguments)`.
    ///
    /// Whatever the code does, it reaches no other session's functions, and these by calls alone, at most one at a time
    /// and only while a call of the interpreter runs. It can spoil its own interpreter's link, and thereby that
    /// interpreter: it is told so, and the next call has a new one, with the same functions.
    ///
    /// Functions see each call that is made: who repeats a session's calls must let functions begin anew.
    ///
    /// - Throws: `ToolFailure` where there can be no interpreters.
    public func session(calling functions: any HostFunctions) throws -> any ToolSession {
        try session(calling: .some(functions))
    }

    private func session(calling functions: (any HostFunctions)?) throws -> PythonSession {
        PythonSession(host: try host(), functions: functions, limit: settings.maximumSessions)
    }

    public func close() async {
        let host = state.withLock { state in
            state.isClosed = true
            return state.host
        }
        await host?.close()
    }

    /// How many interpreters there are.
    public var sessionCount: Int { state.withLock { $0.host }?.count ?? 0 }

    private func host() throws -> PythonHost {
        try state.withLock { state in
            if state.isClosed { throw ToolFailure(.unavailable, "the interpreters were closed", at: "tool python") }
            if let host = state.host {
                if host.isOpen { return host }
                state.restarts.note(ToolFailure(.died, "the host of the interpreters ended", at: "tool python"))
                state.host = nil
            }
            try state.restarts.check(at: "tool python")
            let host = PythonHost(command)
            state.host = host
            return host
        }
    }
}

extension PythonTools.Settings {
    /// How long a call may go on after it was told to stop.
    private static let graceSeconds = 1.0
    /// Of JSON that a function is told, or says.
    static let functionBytes = 1 << 18

    /// What the host is told.
    fileprivate var json: JSONValue {
        [
            "grace_seconds": .number(Self.graceSeconds), "output_bytes": .integer(outputBytes),
            "temporary_bytes": .integer(temporaryBytes), "memory_bytes": .integer(memoryBytes),
            "processes": .integer(processes), "open_files": 64, "total_bytes": .integer(totalMemoryBytes),
            "imports": .array(imports.map(JSONValue.string)), "prelude": .string(prelude),
            "filter": .string(SystemCallFilter.session.hexadecimal), "clone": .integer(Int(SystemCall.clone)),
            "idle_look_seconds": .number(idleLookSeconds), "start_seconds": .number(startSeconds),
            "function_bytes": .integer(Self.functionBytes),
            "function_calls": .integer(functionCalls),
        ]
    }
}

/// One rollout's interpreter, started when it is first called, and anew when it has ended.
private final class PythonSession: ToolSession {
    private let host: PythonHost
    private let functions: (any HostFunctions)?
    private let limit: Int
    private let number = Mutex<Int?>(nil)
    /// Beyond a call's own time: until it is its turn to be started, where many are at once.
    private static let patience = Duration.seconds(60)

    init(host: PythonHost, functions: (any HostFunctions)?, limit: Int) {
        self.host = host
        self.functions = functions
        self.limit = limit
    }

    deinit { if let number = number.withLock({ $0 }) { host.close(number) } }

    var isOpen: Bool { host.isOpen }

    func call(_ name: String, _ arguments: JSONObject, limit time: Duration) async throws -> ToolResult {
        let number = try number.withLock { number in
            if let number { return number }
            guard host.count < limit else {
                throw ToolFailure(
                    .unavailable, "there are \(limit) interpreters already", at: "tool python",
                    remedy: "raise their number, or have fewer rollouts at a time")
            }
            let new = host.open()
            number = new
            return new
        }
        let code = arguments[ToolCallSyntax.pythonArgument]?.string ?? ""
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
        do {
            let answer = try await within(time + Self.patience, of: "tool python") { [host, functions] in
                try await host.call(number, code, seconds: seconds, functions: functions)
            }
            switch answer {
            case .output(let output, let isError):
                return ToolResult(output.isEmpty ? "(nothing was printed)" : output, isError: isError)
            case .ended(let why):
                self.number.withLock { $0 = nil }
                return ToolResult(
                    "The interpreter ended: \(why). The next call starts a new one, in which nothing is defined.",
                    isError: true)
            }
        } catch {
            // Whatever became of it, nobody knows what it is in the middle of.
            await close()
            // A host that does not keep its own limits is of no use to anybody.
            if let failure = error as? ToolFailure, failure.kind == .timedOut { host.kill(failure) }
            throw error
        }
    }

    func close() async {
        let open = number.withLock { number in
            defer { number = nil }
            return number
        }
        if let open { host.close(open) }
    }
}
