import Foundation
import WhetCore
import WhetEnvironments

/// Python interpreters in the sandbox: how many come and go a second, and what many at once have.
struct SandboxBenchmark: Benchmark {
    static let name = "sandbox"
    static let summary = "Python interpreters started, called once and ended a second; the memory of many at once"
    static let parameters = [
        BenchmarkParameter("seconds", 10, "for how long they come and go"),
        BenchmarkParameter("concurrency", 8, "how many of these there are at a time"),
        BenchmarkParameter("sessions", 1000, "how many there are at once, at last"),
    ]

    private var seconds = 10
    private var concurrency = 8
    private var sessions = 1000

    mutating func set(_ parameter: String, to value: Double) throws {
        guard let number = Int(exactly: value), number > 0 else {
            throw WhetError("\(value) is not possible", at: parameter, expected: "a whole number of at least 1")
        }
        switch parameter {
        case "seconds": seconds = number
        case "concurrency": concurrency = number
        default: sessions = number
        }
    }

    func run(progress: @Sendable (String) -> Void) async throws -> [(name: String, value: Double)] {
        var settings = PythonTools.Settings()
        settings.maximumSessions = max(sessions, concurrency) + 1
        settings.functionCalls = Self.calls
        let tools = try PythonTools(settings, sandbox: Sandbox())
        do {
            let figures = try await figures(tools, progress: progress)
            await tools.close()
            return figures
        } catch {
            await tools.close()
            throw error
        }
    }

    private static let calls = 2000
    private static let task = PracticeTask(environment: "bench", seed: 0, level: 0, messages: [], problem: .null)

    private func figures(
        _ tools: PythonTools, progress: @Sendable (String) -> Void
    ) async throws -> [(name: String, value: Double)] {
        let warm = try tools.session(calling: Echo())
        try await Self.ask(warm)
        progress("\(concurrency) at a time, for \(seconds) s")
        let passed = try await comeAndGo(tools)
        progress("\(Self.calls) calls, one after the other")
        let clock = ContinuousClock()
        let called = try await clock.measure { for _ in 0..<Self.calls { try await Self.ask(warm) } }
        let functions = try await clock.measure {
            let code = "for _ in range(\(Self.calls)): whet_call('echo', {'a': 1})\nprint(1)"
            try await Self.ask(warm, code)
        }
        await warm.close()
        progress("\(sessions) at once")
        let before = ProcessMemory.ofDescendants()
        var all: [any ToolSession] = []
        for _ in 0..<sessions { all.append(try await tools.session(for: Self.task)) }
        let opened = try await clock.measure { [all] in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for session in all { group.addTask { try await Self.ask(session) } }
                try await group.waitForAll()
            }
        }
        let after = ProcessMemory.ofDescendants()
        for session in all { await session.close() }
        return [
            ("sessions_per_second", passed.rate), ("session_milliseconds_median", passed.median * 1000),
            ("calls_per_second", Double(Self.calls) / (called / .seconds(1))),
            ("functions_per_second", Double(Self.calls) / (functions / .seconds(1))),
            ("at_once", Double(sessions)), ("at_once_seconds", opened / .seconds(1)),
            ("at_once_megabytes", Double(after) / 1e6),
            ("megabytes_per_session", Double(after - before) / 1e6 / Double(sessions)),
        ]
    }

    /// Sessions a second, and the median of the seconds that one takes from its start to its end.
    private func comeAndGo(_ tools: PythonTools) async throws -> (rate: Double, median: Double) {
        let start = ContinuousClock.now
        let end = start.advanced(by: .seconds(seconds))
        let times = try await withThrowingTaskGroup(of: [Double].self) { group in
            for _ in 0..<concurrency {
                group.addTask {
                    var times: [Double] = []
                    while ContinuousClock.now < end {
                        let begin = ContinuousClock.now
                        let session = try await tools.session(for: Self.task)
                        try await Self.ask(session)
                        await session.close()
                        times.append((ContinuousClock.now - begin) / .seconds(1))
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return (Double(times.count) / ((ContinuousClock.now - start) / .seconds(1)), times.sorted()[times.count / 2])
    }

    private static func ask(_ session: any ToolSession, _ code: String = "print(1)") async throws {
        let result = try await session.call("python", ["code": .string(code)], limit: .seconds(60))
        guard result == ToolResult("1\n") else {
            throw WhetError("an interpreter says \"\(result.text.prefix(200))\"", at: name, expected: "1")
        }
    }

    private struct Echo: HostFunctions {
        func call(_ name: String, _ arguments: JSONObject) async -> HostFunctionResult { .value(.object(arguments)) }
    }
}

/// What the processes that this one has started use.
private enum ProcessMemory {
    /// In bytes; memory that processes share counts once (proportional set size).
    static func ofDescendants() -> Int {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
        var children: [Int32: [Int32]] = [:]
        for number in numbers {
            let fields = text("/proc/\(number)/stat").split(separator: ")").last?.split(separator: " ") ?? []
            if fields.count > 1, let parent = Int32(fields[1]) { children[parent, default: []].append(number) }
        }
        var (total, waiting) = (0, children[ProcessInfo.processInfo.processIdentifier] ?? [])
        while let number = waiting.popLast() {
            waiting += children[number] ?? []
            let line = text("/proc/\(number)/smaps_rollup").split(separator: "\n").first { $0.hasPrefix("Pss:") }
            let words = line?.split(whereSeparator: \.isWhitespace) ?? []
            if words.count > 1, let kilobytes = Int(words[1]) { total += kilobytes << 10 }
        }
        return total
    }

    private static func text(_ path: String) -> String {
        guard let file = FileHandle(forReadingAtPath: path) else { return "" }
        return String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
    }
}
