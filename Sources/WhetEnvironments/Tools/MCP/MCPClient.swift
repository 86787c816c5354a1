import WhetCore

/// One conversation with an MCP server: agreed upon a version, ready to list and call tools.
///
/// Source: Model Context Protocol, revision 2025-06-18.
struct MCPClient: Sendable {
    /// The newest first; the first is what we propose.
    static let versions = ["2025-06-18", "2025-03-26", "2024-11-05", "2025-11-25"]
    private static let maximumPages = 1000

    let connection: any MCPConnection
    private let place: String

    /// Introduces us to the server. A server that fails at it is closed.
    ///
    /// - Throws: `ToolFailure`; `CancellationError`.
    init(opening connection: any MCPConnection, at place: String, limit: Duration) async throws {
        self.connection = connection
        self.place = place
        do {
            let parameters: JSONValue = [
                "protocolVersion": .string(Self.versions[0]), "capabilities": [:],
                "clientInfo": ["name": "whet", "version": "1"],
            ]
            let welcome = try await connection.request("initialize", parameters, limit: limit)
            guard let version = welcome["protocolVersion"]?.string else {
                throw ToolFailure(
                    .garbled, "the server does not say its version of the protocol", at: place,
                    expected: "\"protocolVersion\" in its answer to initialize")
            }
            guard Self.versions.contains(version) else {
                throw ToolFailure(
                    .unavailable, "the server speaks version \(version.excerpt) of the protocol", at: place,
                    expected: "one of \(Self.versions.sorted().joined(separator: ", "))")
            }
            connection.agree(on: version)
            try await connection.notify("notifications/initialized")
        } catch {
            await connection.close()
            throw Self.failure(error, at: place)
        }
    }

    /// All the tools, page by page.
    ///
    /// - Throws: `ToolFailure`; `CancellationError`.
    func tools(limit: Duration) async throws -> [ToolDefinition] {
        do {
            var (definitions, cursor, seen) = ([ToolDefinition](), String?.none, Set<String>())
            for _ in 0..<Self.maximumPages {
                let parameters: JSONValue = cursor.map { ["cursor": .string($0)] } ?? [:]
                let page = try await connection.request("tools/list", parameters, limit: limit)
                definitions += try page.required("tools", "a list", \.array).map { tool in
                    try ToolDefinition(
                        tool.required("name", "a text", \.string), tool["description"]?.string ?? "",
                        parameters: tool["inputSchema"] ?? .null, origin: .foreign)
                }
                guard let next = page["nextCursor"]?.string else { return definitions }
                guard seen.insert(next).inserted else { break }
                cursor = next
            }
            throw ToolFailure(.garbled, "the server's list of tools has no end", at: "\(place), tools/list")
        } catch {
            throw Self.failure(error, at: "\(place), tools/list")
        }
    }

    /// - Throws: `ToolFailure`; `MCPSessionExpired`; `CancellationError`.
    func call(_ name: String, _ arguments: JSONObject, limit: Duration) async throws -> ToolResult {
        do {
            let answer = try await connection.request(
                "tools/call", ["name": .string(name), "arguments": .object(arguments)], limit: limit)
            return try ToolResult(mcp: answer)
        } catch let fault as MCPFault where fault.isInvalidParameters {
            return ToolResult("Error: \(fault.message)", isError: true)
        } catch let expired as MCPSessionExpired {
            throw expired
        } catch {
            throw Self.failure(error, at: "\(place), tool \(name)")
        }
    }

    private static func failure(_ error: any Error, at place: String) -> any Error {
        switch error {
        case let fault as MCPFault:
            ToolFailure(.reported, "the server reports an error: \(fault.message) (\(fault.code))", at: place)
        case let error as WhetError:
            ToolFailure(
                .garbled, error.problem, at: [place, error.place].compactMap { $0 }.joined(separator: ", "),
                expected: error.expected)
        case is MCPSessionExpired: ToolFailure(.died, "the server forgot the session", at: place)
        default: error
        }
    }
}

extension ToolResult {
    /// What a server answered to tools/call. What is no text is named instead of shown.
    ///
    /// - Throws: `WhetError` for what is no such answer.
    init(mcp answer: JSONValue) throws {
        var parts: [String] = []
        for part in try answer["content"].map({ try Self.list($0) }) ?? [] {
            let kind = try part.required("type", "a text", \.string)
            switch kind {
            case "text": parts.append(try part.required("text", "a text", \.string))
            case "resource":
                let resource = try part.required("resource", "an object") { $0.object == nil ? nil : $0 }
                parts.append(
                    resource["text"]?.string ?? "[resource \(resource["uri"]?.string ?? "") is left out: it is no text]"
                )
            case "resource_link": parts.append("[resource \(part["uri"]?.string ?? part["name"]?.string ?? "")]")
            default: parts.append("[\(kind) \(part["mimeType"]?.string ?? "") is left out: it is no text]")
            }
        }
        if parts.isEmpty, let structure = answer["structuredContent"], !structure.isNull {
            parts = [structure.text(style: .spaced)]
        }
        guard !parts.isEmpty || answer["content"] != nil else {
            throw WhetError(
                "\(answer.excerpt) is no result of a tool", expected: "\"content\" or \"structuredContent\"")
        }
        self.init(parts.joined(separator: "\n"), isError: answer["isError"]?.bool ?? false)
    }

    private static func list(_ content: JSONValue) throws -> [JSONValue] {
        guard let list = content.array else {
            throw WhetError("\(content.excerpt) is not possible here", at: "content", expected: "a list")
        }
        return list
    }
}
