import Foundation
import WhetCore
import WhetProcess

/// Runs programs that nobody trusts: by bubblewrap, in namespaces of their own.
///
/// Keeps: a program has no network, sees of the system only `/usr` and what was named, and cannot change it; sees no
/// home, no store and no process but its own; is nobody, has no rights and cannot get any; is refused the system calls
/// that no program needs (`SystemCallFilter`); has a `/tmp` of its own that is gone with it; ends within its time and
/// with all that it started. Where that cannot be had, `run` throws: nothing ever runs without it.
///
/// It is a fence of the kernel's, not a machine of its own: a hole in the kernel is a hole in the sandbox. It bounds no
/// total of memory beyond processes × memory of each, nor how many empty files there are.
public struct Sandbox: Sendable {
    private let tools: SandboxTools
    private let readableFolders: [String]
    private let turnstile: Turnstile

    /// - Parameters:
    ///   - maximumSessions: how many programs run at a time; further ones wait.
    ///   - readableFolders: what programs see beside `/usr`, at the same path: a virtual environment, a data set. Where
    ///     whet runs as root, everybody must be allowed to read them, because programs do not run as root.
    /// - Throws: `WhetError` where bubblewrap or util-linux is not installed.
    public init(
        maximumSessions: Int = ProcessInfo.processInfo.activeProcessorCount, readableFolders: [String] = []
    ) throws {
        self.init(tools: try SandboxTools(), maximumSessions: maximumSessions, readableFolders: readableFolders)
    }

    init(tools: SandboxTools, maximumSessions: Int = 2, readableFolders: [String] = []) {
        self.tools = tools
        self.readableFolders = readableFolders
        turnstile = Turnstile(places: maximumSessions)
    }

    /// Finds out whether programs can be run here.
    ///
    /// - Throws: `WhetError` that says what to install or allow.
    public func check() async throws {
        let result = try await run(SandboxedProgram(["true"]))
        guard result.isSuccess else {
            throw WhetError("a program that does nothing fails: \(result.reason)", at: "sandbox")
        }
    }

    /// Runs a program to its end.
    ///
    /// - Throws: `WhetError` where it could not be run as it should, whatever the reason: it says nothing about the
    ///   program. `CancellationError`; the program is killed then.
    func run(_ program: SandboxedProgram, limits: SandboxLimits = .standard) async throws -> ProgramResult {
        let status = try MemoryFile()
        var descriptors = [status, try MemoryFile(SystemCallFilter.program.bytes)]
        var arguments = ["--json-status-fd", "3", "--seccomp", "4"]
        for file in program.files {
            guard !file.name.isEmpty, !file.name.contains("/"), file.name != ".", file.name != ".." else {
                throw WhetError(
                    "\"\(file.name)\" is no name for a file", at: "sandbox", expected: "one name, no folders")
            }
            arguments += ["--perms", "0555", "--ro-bind-data", "\(descriptors.count + 3)", "/tmp/\(file.name)"]
            descriptors.append(try MemoryFile(file.contents))
        }
        let command = try command(program, limits: limits, telling: arguments)
        let session = ProgramSession(
            command, files: descriptors, input: program.input, wallTime: limits.wallTime,
            outputBytes: limits.outputBytes)
        let record = try await turnstile.pass { try await session.run() }
        return try result(record, status: status)
    }

    /// What starts a program that runs on and is spoken to, such as a worker of an environment; who starts it bounds
    /// its time and output.
    ///
    /// - Parameters:
    ///   - folder: where it runs, one that it can see; its `/tmp` unless given.
    ///   - environment: beside PATH, HOME and LANG, which it always has.
    /// - Throws: `WhetError` where there is no such program in the sandbox.
    func command(
        _ command: [String], in folder: String? = nil, environment: [String: String] = [:],
        limits: SandboxLimits = .worker
    ) throws -> ProcessCommand {
        var command = command
        if let folder, let name = command.first, name.contains("/"), !name.hasPrefix("/") {
            command[0] = "\(folder)/\(name)"
        }
        var started = try self.command(
            SandboxedProgram(command, environment: environment), limits: limits,
            telling: ["--seccomp", "3"] + (folder.map { ["--chdir", $0] } ?? []))
        started.files = [SystemCallFilter.program.bytes]
        return started
    }

    /// What starts a program that puts up further walls inside, round each of those it runs for others: it may make
    /// namespaces, and has to keep what it runs from it.
    func hostCommand(_ command: [String], limits: SandboxLimits) throws -> ProcessCommand {
        // No terminals: those of all that it runs would be each other's.
        let arguments = ["--tmpfs", "/dev/pts", "--remount-ro", "/dev/pts"]
        return try self.command(SandboxedProgram(command), limits: limits, telling: arguments, makesNamespaces: true)
    }

    /// - Parameter arguments: what bubblewrap is told besides.
    private func command(
        _ program: SandboxedProgram, limits: SandboxLimits, telling arguments: [String], makesNamespaces: Bool = false
    ) throws -> ProcessCommand {
        let walls = tools.walls(limits, readableFolders: readableFolders)
        return ProcessCommand(
            tools.launcher[0],
            tools.launcher.dropFirst() + (makesNamespaces ? walls.filter { $0 != "--disable-userns" } : walls)
                + variables(program)
                + arguments + ["--", tools.prlimit] + limits.prlimitArguments + ["--"] + (try resolved(program)),
            in: "/", environment: [:])
    }

    private func variables(_ program: SandboxedProgram) -> [String] {
        var variables = ["PATH": SandboxTools.path.joined(separator: ":"), "HOME": "/tmp", "LANG": "C.UTF-8"]
        variables.merge(program.environment) { $1 }
        return variables.sorted { $0.key < $1.key }.flatMap { ["--setenv", $0.key, $0.value] }
    }

    /// The command with the path of a program that is there: what cannot be started would look like a failing program.
    private func resolved(_ program: SandboxedProgram) throws -> [String] {
        guard let name = program.command.first else { throw WhetError("no program is given", at: "sandbox") }
        let isGiven = program.files.contains { ["./\($0.name)", "/tmp/\($0.name)"].contains(name) }
        if isGiven { return program.command }
        let candidates = name.contains("/") ? [name] : SandboxTools.path.map { "\($0)/\(name)" }
        let isSeen = { (path: String) in
            (["/usr", "/bin"] + readableFolders).contains { path.hasPrefix($0 + "/") }
                && FileManager.default.isExecutableFile(atPath: path)
        }
        guard let path = candidates.first(where: isSeen) else {
            throw WhetError(
                "there is no program \"\(name)\" in the sandbox", at: "sandbox",
                expected:
                    "one in \(SandboxTools.path.joined(separator: ", ")), or in a folder named as readable",
                remedy: "install it for all users, or name its folder as readable")
        }
        return [path] + program.command.dropFirst()
    }

    private func result(_ record: ProgramSession.Record, status: MemoryFile) throws -> ProgramResult {
        let ending: ProgramResult.Ending
        if case .failedToStart(let error) = record.ending { throw error }
        if let killed = record.killed {
            ending = killed
        } else if let code = Self.exitCode(status) {
            // bubblewrap reports as a shell does: 128 and the number of the signal.
            ending = code > 128 && code < 193 ? .signaled(code - 128) : .exited(code)
        } else {
            throw tools.refusal(
                String(decoding: record.complaints.prefix(1000), as: UTF8.self), ending: record.ending)
        }
        return ProgramResult(
            ending: ending, output: record.output, complaints: record.complaints, wallTime: record.wallTime)
    }

    /// What bubblewrap reports about the program; nil when it never came so far as to run one.
    private static func exitCode(_ status: MemoryFile) -> Int32? {
        for line in status.contents().split(separator: 0x0A).reversed() {
            if let code = (try? JSONValue(parsing: Array(line)))?["exit-code"]?.integer { return Int32(clamping: code) }
        }
        return nil
    }
}
