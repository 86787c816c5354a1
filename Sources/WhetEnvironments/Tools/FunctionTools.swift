import WhetCore

/// Tools written in Swift, which remember nothing.
///
///     let tools = FunctionTools([
///         .init(try ToolDefinition("double", "Doubles a number.", parameters: […])) { arguments in
///             ToolResult("\(2 * (arguments["x"]?.integer ?? 0))")
///         }
///     ])
public struct FunctionTools: ToolSet {
    public struct Function: Sendable {
        public let definition: ToolDefinition
        let body: @Sendable (JSONObject) async throws -> ToolResult

        /// - Parameter body: given arguments that fit the schema; what it throws fails the rollout.
        public init(
            _ definition: ToolDefinition, body: @escaping @Sendable (JSONObject) async throws -> ToolResult
        ) {
            self.definition = definition
            self.body = body
        }
    }

    public var memory: ToolMemory { .none }
    let functions: [Function]

    public init(_ functions: [Function]) { self.functions = functions }

    public func definitions() async throws -> [ToolDefinition] { functions.map(\.definition) }

    public func session(for task: PracticeTask) async throws -> any ToolSession { Session(functions: functions) }

    private struct Session: ToolSession {
        let functions: [Function]

        func call(_ name: String, _ arguments: JSONObject, limit: Duration) async throws -> ToolResult {
            guard let function = functions.first(where: { $0.definition.name == name }) else {
                throw ToolFailure(.unavailable, "there is no such tool", at: "tool \(name)")
            }
            do {
                return try await within(limit, of: "tool \(name)") { try await function.body(arguments) }
            } catch {
                throw ToolFailure.reported(error, at: "tool \(name)")
            }
        }
    }
}

/// The result of `body`, which is cancelled when it takes too long.
///
/// - Throws: `ToolFailure` of kind `timedOut`; what `body` throws.
func within<Value: Sendable>(
    _ limit: Duration, of place: String, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        if let value = try await group.next() ?? nil { return value }
        throw ToolFailure(.timedOut, "there was no result within \(limit)", at: place)
    }
}
