import Foundation
import Testing
import WhetCore
import WhetHTTP
import WhetProcess
import WhetTestSupport

@testable import WhetEnvironments

/// `scripts/test-integration mcp` runs them: WHET_MCP_TIME and WHET_MCP_SQLITE name the `bin` folders of Python
/// environments with mcp-server-time, and with mcp-server-sqlite and mcp below 2.
@Suite(
    "Reference MCP servers", .enabled(if: ProcessInfo.processInfo.environment["WHET_MCP_TIME"] != nil),
    .timeLimit(.minutes(5)), .serialized)
struct MCPReferenceServerTests {
    private static let task = PracticeTask(environment: "e", seed: 0, level: 0, messages: [], problem: .null)

    private func folder(_ variable: String) throws -> String {
        try #require(ProcessInfo.processInfo.environment[variable])
    }

    private func call(_ tools: MCPTools, _ name: String, _ arguments: JSONObject) async throws -> ToolResult {
        try await tools.session(for: Self.task).call(name, arguments, limit: .seconds(60))
    }

    @Test("mcp-server-time converts times, within an environment whose policy asks for it")
    func time() async throws {
        let tools = MCPTools(.program(ProcessCommand(try folder("WHET_MCP_TIME") + "/mcp-server-time")))
        let environment = try await ToolEnvironment(
            SumEnvironment(), tools: [tools], limits: ToolLimits(time: .seconds(60)))
        #expect(environment.definitions.map(\.name).sorted() == ["convert_time", "get_current_time"])
        let task = try await environment.task(level: 0, seed: 1)
        let call = Message.calling(
            ("convert_time", #"{"source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"}"#),
            ("convert_time", #"{"source_timezone": "UTC"}"#),
            ("convert_time", #"{"source_timezone": "Nowhere", "time": "12:00", "target_timezone": "UTC"}"#))
        let reply = try #require(try await environment.reply(to: task.messages + [call], of: task)?.first?.content)
        let results = reply.components(separatedBy: "<tool_response>")
        #expect(results.count == 4)
        #expect(results[1].contains("+9.0h"))
        #expect(results[2].contains("\"time\" is missing"))
        #expect(results[3].contains("Nowhere"))
        await environment.close()
    }

    @Test("mcp-server-sqlite keeps what is written, each rollout in a file of its own")
    func sqlite() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "whet-\(UUID().uuidString).db")
        defer { try? FileManager.default.removeItem(at: file) }
        var settings = MCPTools.Settings()
        settings.only = ["read_query", "write_query", "create_table"]
        let command = ProcessCommand(try folder("WHET_MCP_SQLITE") + "/mcp-server-sqlite", ["--db-path", file.path])
        let tools = MCPTools(.program(command), settings: settings)
        #expect(try await tools.definitions().count == 3)
        _ = try await call(tools, "create_table", ["query": "create table t (x integer)"])
        for number in 1...3 {
            _ = try await call(tools, "write_query", ["query": .string("insert into t values (\(number))")])
        }
        #expect(try await call(tools, "read_query", ["query": "select sum(x) as s from t"]).text.contains("6"))
        #expect(try await call(tools, "read_query", ["query": "select missing"]).text.contains("no such column"))
        await tools.close()
    }

    @Test("the reference SDK's server over HTTP", arguments: [[], ["json"]])
    func http(mode: [String]) async throws {
        let port = try ReservedPort().number
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../scripts/integration/mcp_http_server.py")
        let server = Subprocess(
            ProcessCommand(try folder("WHET_MCP_SQLITE") + "/python", [script.path, String(port)] + mode)
        ) { _ in }
        defer { server.kill() }
        let client = try HTTPClient()
        let url = "http://127.0.0.1:\(port)/mcp"
        // It takes some seconds to be there; whatever it answers then.
        for _ in 0..<120 {
            if (try? await client.send(HTTPRequest(.get, url), timeouts: HTTPTimeouts(total: .seconds(5)))) != nil {
                break
            }
            try await Task.sleep(for: .milliseconds(500))
        }
        let tools = MCPTools(.http(url: url, client: client))
        #expect(try await tools.definitions().map(\.name) == ["add", "count"])
        for number in 1...20 {
            #expect(try await call(tools, "add", ["a": .integer(number), "b": 1]).text == "\(number + 1)")
        }
        #expect(try await call(tools, "count", [:]).text == "20")
        await tools.close()
    }
}
