import Synchronization
import WhetCore
import WhetProcess

@testable import WhetEnvironments

/// An MCP server in this process: answers by script, and misbehaves on demand.
final class ScriptedMCPServer: MCPChannel {
    enum Reaction: Sendable {
        case result(JSONValue)
        case error(code: Int, String)
        /// Whatever it writes instead of an answer.
        case raw(String)
        case silence
        case death(Int32)
    }

    typealias Script = @Sendable (_ method: String, _ parameters: JSONValue, _ id: Int) -> Reaction

    private struct State {
        var received: [JSONValue] = []
        var hasEnded = false
    }

    private let script: Script
    private let handle: @Sendable (Subprocess.Event) -> Void
    private let state = Mutex(State())

    init(_ script: @escaping Script, handle: @escaping @Sendable (Subprocess.Event) -> Void) {
        self.script = script
        self.handle = handle
    }

    /// What it was sent, without the ids.
    var methods: [String] { state.withLock { $0.received.compactMap { $0["method"]?.string } } }
    var received: [JSONValue] { state.withLock { $0.received } }
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    func send(_ bytes: [UInt8]) {
        guard let message = try? JSONValue(parsing: bytes) else { return end(.exited(99)) }
        state.withLock { $0.received.append(message) }
        guard let method = message["method"]?.string, let id = message["id"]?.integer else { return }
        switch script(method, message["params"] ?? .null, id) {
        case .result(let result): say(["jsonrpc": "2.0", "id": .integer(id), "result": result])
        case .error(let code, let words):
            say(["jsonrpc": "2.0", "id": .integer(id), "error": ["code": .integer(code), "message": .string(words)]])
        case .raw(let text): handle(.output(Array(text.utf8)))
        case .silence: break
        case .death(let code): end(.exited(code))
        }
    }

    func endInput() { end(.exited(0)) }
    func kill() { end(.signaled(9)) }

    func say(_ message: JSONValue) { handle(.output(Array(message.text().utf8) + [0x0A])) }

    private func end(_ ending: Subprocess.Ending) {
        let isFirst = state.withLock { state in
            defer { state.hasEnded = true }
            return !state.hasEnded
        }
        if isFirst { handle(.ended(ending)) }
    }
}

/// Every server that was started, and its connections.
final class ScriptedMCPServers: Sendable {
    private let script: @Sendable (_ server: Int) -> ScriptedMCPServer.Script
    private let state = Mutex<[ScriptedMCPServer]>([])

    /// - Parameter script: of the n-th server that is started.
    init(_ script: @escaping @Sendable (_ server: Int) -> ScriptedMCPServer.Script) { self.script = script }

    var all: [ScriptedMCPServer] { state.withLock { $0 } }

    func tools(_ settings: MCPTools.Settings = .init()) -> MCPTools {
        MCPTools(at: "MCP server scripted", settings: settings) { [self] in
            MCPProcessConnection(place: "MCP server scripted", maximumLineBytes: 4096) { [self] handle in
                state.withLock { servers in
                    let server = ScriptedMCPServer(script(servers.count), handle: handle)
                    servers.append(server)
                    return server
                }
            }
        }
    }

    /// Welcomes clients, lists `echo`, which says its `text`, and hands every call to `call`.
    static func script(
        _ call: @escaping @Sendable (_ arguments: JSONValue, _ id: Int) -> ScriptedMCPServer.Reaction = {
            arguments, _ in
            .result(["content": [["type": "text", "text": arguments["text"] ?? ""]]])
        }
    ) -> ScriptedMCPServer.Script {
        { method, parameters, id in
            switch method {
            case "initialize":
                .result(["protocolVersion": "2025-06-18", "capabilities": ["tools": [:]], "serverInfo": ["name": "s"]])
            case "tools/list": .result(["tools": [echo]])
            case "tools/call": call(parameters["arguments"] ?? .null, id)
            default: .error(code: -32601, "no \(method)")
            }
        }
    }

    static let echo: JSONValue = [
        "name": "echo", "description": "Says it again.",
        "inputSchema": ["type": "object", "properties": ["text": ["type": "string"]], "required": ["text"]],
    ]
}
