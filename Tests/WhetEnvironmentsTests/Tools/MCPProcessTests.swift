import Synchronization
import Testing
import WhetCore
import WhetProcess

@testable import WhetEnvironments

@Suite("An MCP server that is a program", .timeLimit(.minutes(1)))
struct MCPProcessTests {
    private static let task = PracticeTask(environment: "e", seed: 0, level: 0, messages: [], problem: .null)

    private func call(
        _ tools: MCPTools, _ text: String = "hi", limit: Duration = .seconds(20)
    ) async throws -> ToolResult {
        try await tools.session(for: Self.task).call("echo", ["text": .string(text)], limit: limit)
    }

    private static func answer(_ id: Int, _ text: String) -> String {
        let result: JSONValue = ["content": [["type": "text", "text": .string(text)]]]
        return (["jsonrpc": "2.0", "id": .integer(id), "result": result] as JSONValue).text() + "\n"
    }

    private func failure(_ tools: MCPTools, limit: Duration = .seconds(20)) async throws -> ToolFailure {
        try await #require(throws: ToolFailure.self) { try await call(tools, limit: limit) }
    }

    @Test("is welcomed, listed and called")
    func works() async throws {
        let servers = ScriptedMCPServers { _ in ScriptedMCPServers.script() }
        let tools = servers.tools()
        #expect(servers.all.isEmpty)
        let definitions = try await tools.definitions()
        #expect(definitions.map(\.name) == ["echo"])
        #expect(try definitions[0].mistake(in: [:]) != nil)
        #expect(try await call(tools) == ToolResult("hi"))
        #expect(servers.all.count == 1)
        #expect(servers.all[0].methods == ["initialize", "notifications/initialized", "tools/list", "tools/call"])
        await tools.close()
        #expect(servers.all[0].hasEnded)
        #expect(try await failure(tools).kind == .unavailable)
    }

    @Test("calls at the same time get each its own answer, in whatever order they come")
    func pairs() async throws {
        // Answers the first call only after the second.
        let held = Mutex<[(Int, JSONValue)]>([])
        let servers = ScriptedMCPServers { _ in
            ScriptedMCPServers.script { arguments, id in
                let both = held.withLock { held in
                    held.append((id, arguments["text"] ?? ""))
                    return held.count == 2 ? held : []
                }
                return .raw(
                    both.reversed().map { id, text in
                        Self.answer(id, text.string ?? "")
                    }.joined())
            }
        }
        let tools = servers.tools()
        async let one = call(tools, "one")
        async let two = call(tools, "two")
        #expect(try await [one, two].map(\.text) == ["one", "two"])
        await tools.close()
    }

    @Test("lists its tools page by page, but not for ever")
    func pages() async throws {
        let servers = ScriptedMCPServers { _ in
            let base = ScriptedMCPServers.script()
            return { method, parameters, id in
                guard method == "tools/list" else { return base(method, parameters, id) }
                let page = parameters["cursor"]?.string ?? "0"
                let tool: JSONValue = ["name": .string("tool\(page)"), "inputSchema": ["type": "object"]]
                return .result(
                    page == "2"
                        ? ["tools": [tool]] : ["tools": [tool], "nextCursor": .string("\((Int(page) ?? 0) + 1)")])
            }
        }
        #expect(try await servers.tools().definitions().map(\.name) == ["tool0", "tool1", "tool2"])
        var only = MCPTools.Settings()
        only.only = ["tool1"]
        #expect(try await servers.tools(only).definitions().map(\.name) == ["tool1"])
        only.only = ["tol1"]
        let error = try await #require(throws: WhetError.self) { try await servers.tools(only).definitions() }
        #expect(error.suggestion == "tool1")
        let endless = ScriptedMCPServers { _ in
            let base = ScriptedMCPServers.script()
            return { method, parameters, id in
                method == "tools/list" ? .result(["tools": [], "nextCursor": "x"]) : base(method, parameters, id)
            }
        }
        #expect(
            try await #require(throws: ToolFailure.self) { try await endless.tools().definitions() }.kind == .garbled)
    }

    @Test("what is not its answer does no harm: notifications, requests, blank lines, lists")
    func ignores() async throws {
        let servers = ScriptedMCPServers { _ in
            ScriptedMCPServers.script { _, id in
                .raw(
                    """

                    {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}
                    {"jsonrpc":"2.0","id":"a","method":"ping"}
                    {"jsonrpc":"2.0","id":7,"method":"sampling/createMessage","params":{}}
                    [{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","id":"\(id)","result":{"content":[]}}]

                    """)
            }
        }
        let tools = servers.tools()
        #expect(try await call(tools) == ToolResult(""))
        let answers = servers.all[0].received.filter { $0["method"] == nil }
        #expect(answers.map { $0["id"] } == ["a", 7])
        #expect(answers[0]["result"] == [:] && answers[1]["error"]?["code"] == -32601)
        await tools.close()
    }

    @Test("results are text; what is none is named")
    func reads() throws {
        let parts: JSONValue = [
            "content": [
                ["type": "text", "text": "a"], ["type": "image", "mimeType": "image/png", "data": "…"],
                ["type": "resource", "resource": ["uri": "file:///x", "text": "b"]],
                ["type": "resource_link", "uri": "file:///y"],
            ], "isError": true,
        ]
        let result = try ToolResult(mcp: parts)
        #expect(
            result.text == "a\n[image image/png is left out: it is no text]\nb\n[resource file:///y]" && result.isError)
        #expect(try ToolResult(mcp: ["structuredContent": ["x": 1]]).text == #"{"x": 1}"#)
        for wrong in [[:], ["content": 3], ["content": [["type": "text"]]], "x"] as [JSONValue] {
            #expect(throws: WhetError.self) { try ToolResult(mcp: wrong) }
        }
    }

    @Test(
        "what it does wrong fails the call that it was asked, and the next has a new server",
        arguments: [
            (ScriptedMCPServer.Reaction.raw("hello\n"), ToolFailure.Kind.garbled), (.raw("[3]\n"), .garbled),
            (.raw("{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{}}\n"), .garbled),
            (.raw("{\"jsonrpc\":\"2.0\",\"result\":{}}\n"), .garbled),
            (.raw("{\"jsonrpc\":\"2.0\",\"id\":3}\n"), .garbled),
            (.raw(String(repeating: "x", count: 5000)), .tooLarge), (.death(3), .died),
        ])
    func fails(reaction: ScriptedMCPServer.Reaction, kind: ToolFailure.Kind) async throws {
        let servers = ScriptedMCPServers { server in
            server == 0 ? ScriptedMCPServers.script { _, _ in reaction } : ScriptedMCPServers.script()
        }
        let tools = servers.tools()
        #expect(try await failure(tools).kind == kind)
        #expect(servers.all[0].hasEnded)
        #expect(try await call(tools).text == "hi")
        #expect(servers.all.count == 2)
        await tools.close()
    }

    @Test("an answer that makes no sense fails its call alone", arguments: [["content": "x"], [:]] as [JSONValue])
    func failsAlone(result: JSONValue) async throws {
        let servers = ScriptedMCPServers { _ in ScriptedMCPServers.script { _, _ in .result(result) } }
        let tools = servers.tools()
        #expect(try await failure(tools).kind == .garbled)
        #expect(servers.all.count == 1 && !servers.all[0].hasEnded)
        await tools.close()
    }

    @Test("its own errors: wrong arguments are the policy's, all others fail the call")
    func tellsErrors() async throws {
        let servers = ScriptedMCPServers { _ in
            ScriptedMCPServers.script { arguments, _ in
                arguments["text"] == "wrong"
                    ? .error(code: -32602, "no such city") : .error(code: -32603, "it is broken")
            }
        }
        let tools = servers.tools()
        #expect(try await call(tools, "wrong") == ToolResult("Error: no such city", isError: true))
        let failure = try await failure(tools)
        #expect(failure.kind == .reported && failure.error.problem.contains("it is broken"))
        await tools.close()
    }

    @Test("a call that takes too long fails and is called off; three of them end the server")
    func timesOut() async throws {
        let servers = ScriptedMCPServers { _ in ScriptedMCPServers.script { _, _ in .silence } }
        let tools = servers.tools()
        for number in 1...3 {
            #expect(try await failure(tools, limit: .milliseconds(5)).kind == .timedOut)
            #expect(servers.all[0].methods.count { $0 == "notifications/cancelled" } == number)
            #expect(servers.all[0].hasEnded == (number == 3))
        }
        await tools.close()
    }

    @Test("an answer that comes too late is nobody else's")
    func comesLate() async throws {
        let late = Mutex<Int?>(nil)
        let servers = ScriptedMCPServers { _ in
            ScriptedMCPServers.script { arguments, id in
                guard let first = late.withLock({ $0 }) else {
                    late.withLock { $0 = id }
                    return .silence
                }
                let answer = { (id: Int, text: String) in
                    Self.answer(id, text)
                }
                return .raw(answer(first, "old") + answer(id, "new"))
            }
        }
        let tools = servers.tools()
        #expect(try await failure(tools, limit: .milliseconds(5)).kind == .timedOut)
        #expect(try await call(tools).text == "new")
        #expect(!servers.all[0].hasEnded)
        await tools.close()
    }

    @Test("who is cancelled stops waiting, and the server is told")
    func cancels() async throws {
        let servers = ScriptedMCPServers { _ in ScriptedMCPServers.script { _, _ in .silence } }
        let tools = servers.tools()
        _ = try await tools.definitions()
        let waiting = Task { try await call(tools) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        await tools.close()
    }

    @Test("what cannot be started, or speaks something else, is told as such")
    func refuses() async throws {
        let missing = MCPTools(.program(ProcessCommand("/no/such/server")))
        #expect(try await #require(throws: ToolFailure.self) { try await missing.definitions() }.kind == .unavailable)
        let old: JSONValue = ["protocolVersion": "1999-01-01"]
        for (welcome, kind) in [(old, ToolFailure.Kind.unavailable), (JSONValue.object([:]), .garbled)] {
            let servers = ScriptedMCPServers { _ in { _, _, _ in .result(welcome) } }
            #expect(
                try await #require(throws: ToolFailure.self) { try await servers.tools().definitions() }.kind == kind)
            #expect(servers.all[0].hasEnded)
        }
    }

    @Test("a server that dies again and again is not started for ever")
    func givesUp() async throws {
        let servers = ScriptedMCPServers { _ in ScriptedMCPServers.script { _, _ in .death(1) } }
        var settings = MCPTools.Settings()
        settings.maximumRestarts = 2
        let tools = servers.tools(settings)
        for _ in 0..<3 { #expect(try await failure(tools).kind == .died) }
        #expect(try await failure(tools).kind == .unavailable)
        #expect(servers.all.count == 3)
        await tools.close()
    }

    @Test("each rollout may have its own server")
    func isolates() async throws {
        let servers = ScriptedMCPServers { server in
            ScriptedMCPServers.script { _, _ in
                .result(["content": [["type": "text", "text": .string("server \(server)")]]])
            }
        }
        var settings = MCPTools.Settings()
        settings.isPerRollout = true
        let tools = servers.tools(settings)
        #expect(tools.memory == .unique)
        let one = try await tools.session(for: Self.task)
        let two = try await tools.session(for: Self.task)
        #expect(try await one.call("echo", [:], limit: .seconds(20)).text == "server 0")
        #expect(try await two.call("echo", [:], limit: .seconds(20)).text == "server 1")
        await one.close()
        #expect(!one.isOpen && two.isOpen)
        #expect(servers.all[0].hasEnded && !servers.all[1].hasEnded)
        await two.close()
    }

    @Test("a real child is spoken to line by line, and its death is told with its last words")
    func speaksToChildren() async throws {
        let script = """
            while read -r line; do
              id=${line#*\\"id\\":}; id=${id%%,*}
              case $line in
                *initialize\\"*)
                  echo "{\\"jsonrpc\\":\\"2.0\\",\\"id\\":$id,\\"result\\":{\\"protocolVersion\\":\\"2024-11-05\\"}}";;
                *tools/call*) echo "I cannot" >&2; exit 4;;
              esac
            done
            """
        let tools = MCPTools(.program(ProcessCommand("/bin/sh", ["-c", script])))
        let failure = try await failure(tools)
        #expect(failure.kind == .died && failure.error.problem.contains("exit status 4"), "\(failure)")
        #expect(failure.error.remedy?.contains("I cannot") == true)
        await tools.close()
    }
}
