import Synchronization
import WhetCore

@testable import WhetEnvironments

/// What tests of interpreters have in common.
protocol InterpreterTests {}

extension InterpreterTests {
    static var task: PracticeTask {
        PracticeTask(environment: "e", seed: 0, level: 0, messages: [], problem: .null)
    }

    /// Interpreters that are gone when `body` is.
    func with<Value: Sendable>(
        _ settings: PythonTools.Settings = .init(), _ body: (PythonTools) async throws -> Value
    ) async throws -> Value {
        let tools = try PythonTools(settings, sandbox: Sandbox())
        do {
            let value = try await body(tools)
            await tools.close()
            return value
        } catch {
            await tools.close()
            throw error
        }
    }

    func run(
        _ session: any ToolSession, _ code: String, limit: Duration = .seconds(30)
    ) async throws -> ToolResult {
        try await session.call("python", ["code": .string(code)], limit: limit)
    }
}

/// Functions that write down what they are called with. `echo` says its arguments; `refuse` refuses; `wait` waits until
/// it is cancelled; `large` says much; any other says how many calls there were.
final class RecordingFunctions: HostFunctions {
    private let log = Mutex<[String]>([])
    /// Opens when `wait` waits.
    let waits = Gate()

    var calls: [String] { log.withLock { $0 } }

    func call(_ name: String, _ arguments: JSONObject) async -> HostFunctionResult {
        let count = log.withLock { log in
            log.append(name)
            return log.count
        }
        switch name {
        case "echo": return .value(.object(arguments))
        case "refuse": return .refused("there is no mail 7")
        case "wait":
            waits.open()
            try? await Task.sleep(for: .seconds(3600))
            log.withLock { $0.append("cancelled") }
            return .value("too late")
        case "large": return .value(.string(String(repeating: "x", count: 1 << 19)))
        default: return .value(.integer(count))
        }
    }
}
