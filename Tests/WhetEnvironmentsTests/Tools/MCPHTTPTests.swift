import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetEnvironments

@Suite("An MCP server that is reached by HTTP", .timeLimit(.minutes(1)))
struct MCPHTTPTests {
    private static let task = PracticeTask(environment: "e", seed: 0, level: 0, messages: [], problem: .null)
    private static let echoed = #"{"content": [{"type": "text", "text": "hi"}]}"#

    private static func answer(_ request: ReceivedRequest, _ result: String) -> String {
        let id = (try? JSONValue(parsing: request.body))?["id"]?.text() ?? "null"
        return #"{"jsonrpc": "2.0", "id": \#(id), "result": \#(result)}"#
    }

    /// Welcomes clients into the session "s1", and hands every call to `call`.
    private func server(
        _ call: @escaping @Sendable (ReceivedRequest) -> CannedReply = {
            .json(MCPHTTPTests.answer($0, MCPHTTPTests.echoed))
        }
    ) throws -> CannedServer {
        try CannedServer { request in
            guard request.method == "POST", let message = try? JSONValue(parsing: request.body) else {
                return .status(200)
            }
            switch message["method"]?.string {
            case "initialize":
                let body = Self.answer(request, #"{"protocolVersion": "2025-06-18", "capabilities": {}}"#)
                return .status(200, headers: ["Content-Type: application/json", "Mcp-Session-Id: s1"], body: body)
            case "tools/list":
                return .json(Self.answer(request, #"{"tools": [\#(ScriptedMCPServers.echo.text())]}"#))
            case "tools/call": return call(request)
            default: return .status(202)
            }
        }
    }

    private func tools(_ server: CannedServer, _ settings: MCPTools.Settings = .init()) throws -> MCPTools {
        MCPTools(
            .http(url: server.url + "/mcp", headers: ["Authorization": "Bearer secret"], client: try HTTPClient()),
            settings: settings)
    }

    private func call(_ tools: MCPTools, limit: Duration = .seconds(20)) async throws -> ToolResult {
        try await tools.session(for: Self.task).call("echo", ["text": "hi"], limit: limit)
    }

    @Test("is welcomed, listed, called in its session and left")
    func works() async throws {
        let server = try server()
        let tools = try tools(server)
        #expect(try await tools.definitions().map(\.name) == ["echo"])
        #expect(try await call(tools) == ToolResult("hi"))
        await tools.close()
        let requests = server.requests
        #expect(requests.map(\.method) == ["POST", "POST", "POST", "POST", "DELETE"])
        #expect(requests.allSatisfy { $0.headers["Authorization"] == "Bearer secret" && $0.path == "/mcp" })
        #expect(requests[0].headers["Mcp-Session-Id"] == nil)
        #expect(requests.dropFirst().allSatisfy { $0.headers["Mcp-Session-Id"] == "s1" })
        #expect(requests.dropFirst().allSatisfy { $0.headers["MCP-Protocol-Version"] == "2025-06-18" })
        #expect(requests[0].headers["Accept"] == "application/json, text/event-stream")
    }

    @Test("answers may come in a stream of events, after others and with requests of the server's")
    func streams() async throws {
        let server = try server { request in
            .events([
                #"{"jsonrpc": "2.0", "method": "notifications/progress", "params": {}}"#,
                #"{"jsonrpc": "2.0", "id": "p", "method": "ping"}"#, Self.answer(request, Self.echoed),
            ])
        }
        let tools = try tools(server)
        #expect(try await call(tools).text == "hi")
        let answers = server.requests.compactMap { try? JSONValue(parsing: $0.body) }.filter { $0["method"] == nil }
        #expect(answers.first?["id"] == "p" && answers.first?["result"] == [:])
        await tools.close()
    }

    @Test("a server that forgot the session is welcomed again, and the call is made then")
    func startsAnew() async throws {
        let server = try server { request in
            request.index < 3 ? .status(404) : .json(Self.answer(request, Self.echoed))
        }
        let tools = try tools(server)
        #expect(try await call(tools).text == "hi")
        let methods = server.requests.compactMap { (try? JSONValue(parsing: $0.body))?["method"]?.string }
        #expect(
            methods == [
                "initialize", "notifications/initialized", "tools/call", "initialize", "notifications/initialized",
                "tools/call",
            ])
        await tools.close()
        // In a rollout's own session something may have been left behind.
        var own = MCPTools.Settings()
        own.isPerRollout = true
        let forgetful = try self.server { _ in .status(404) }
        let ownTools = try self.tools(forgetful, own)
        #expect(try await #require(throws: ToolFailure.self) { try await call(ownTools) }.kind == .lost)
        await ownTools.close()
        let always = try self.tools(forgetful)
        #expect(try await #require(throws: ToolFailure.self) { try await call(always) }.kind == .died)
        await always.close()
        #expect(forgetful.counts.requests > 0)
    }

    @Test(
        "what goes wrong is told as what it is",
        arguments: [
            (CannedReply.json("x"), ToolFailure.Kind.garbled), (.json("[]"), .garbled),
            (.json(#"{"jsonrpc": "2.0", "id": 99, "result": {}}"#), .garbled), (.events(["x"]), .garbled),
            (.events([]), .died),
            (.status(500, body: "oh"), .reported), (.status(401), .unavailable),
            (CannedReply([.send(CannedReply.head(200, ["Content-Length: 10"])), .reset]), .died),
            (.endless("xxxxxxxx"), .tooLarge),
            (.silence, .timedOut),
        ])
    func fails(reply: CannedReply, kind: ToolFailure.Kind) async throws {
        let server = try server { _ in reply }
        var settings = MCPTools.Settings()
        settings.maximumReplyBytes = 10_000
        let tools = try tools(server, settings)
        _ = try await tools.definitions()
        let limit: Duration = kind == .timedOut ? .milliseconds(20) : .seconds(20)
        let failure = try await #require(throws: ToolFailure.self) { try await call(tools, limit: limit) }
        #expect(failure.kind == kind, "\(failure)")
        #expect(!"\(failure)".contains("secret"))
        if kind == .timedOut {
            #expect(server.requests.contains { $0.text.contains("notifications/cancelled") })
        }
        await tools.close()
    }

    @Test("nobody there is a failure")
    func findsNobody() async throws {
        let port = try ReservedPort()
        let tools = MCPTools(.http(url: "http://127.0.0.1:\(port.number)/mcp", client: try HTTPClient()))
        #expect(try await #require(throws: ToolFailure.self) { try await tools.definitions() }.kind == .unavailable)
        await tools.close()
    }
}
