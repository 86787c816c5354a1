import WhetCore

/// A message of the Model Context Protocol: JSON-RPC 2.0.
enum MCPMessage: Hashable, Sendable {
    /// An answer to one of our requests.
    case answer(id: Int, Result<JSONValue, MCPFault>)
    /// The server asks something of us.
    case request(id: JSONValue, method: String)
    /// The server tells something that wants no answer.
    case notification(method: String)

    /// What a server wrote: one message, or a list of them.
    ///
    /// - Throws: `WhetError` for anything else.
    static func list(_ json: JSONValue) throws -> [MCPMessage] {
        try (json.array ?? [json]).map { try MCPMessage($0) }
    }

    init(_ json: JSONValue) throws {
        guard json.object != nil else {
            throw WhetError("\(json.excerpt) is no message", expected: "a JSON-RPC object")
        }
        let id = json["id"].flatMap { $0.isNull ? nil : $0 }
        if let method = json["method"]?.string {
            self = id.map { .request(id: $0, method: method) } ?? .notification(method: method)
            return
        }
        // Some servers send our numbers back as texts.
        guard let number = id?.canonical.integer ?? id?.string.flatMap({ Int($0) }) else {
            throw WhetError("\(json.excerpt) answers no request", expected: "the id of a request")
        }
        if let error = json["error"], !error.isNull {
            self = .answer(id: number, .failure(MCPFault(error)))
        } else if let result = json["result"] {
            self = .answer(id: number, .success(result))
        } else {
            throw WhetError("\(json.excerpt) has neither a result nor an error")
        }
    }

    static func request(id: Int, method: String, _ parameters: JSONValue) -> JSONValue {
        ["jsonrpc": "2.0", "id": .integer(id), "method": .string(method), "params": parameters]
    }

    static func notification(method: String, _ parameters: JSONObject = [:]) -> JSONValue {
        var message: JSONObject = ["jsonrpc": "2.0", "method": .string(method)]
        if !parameters.isEmpty { message["params"] = .object(parameters) }
        return .object(message)
    }

    static func cancellation(of id: Int, because reason: String) -> JSONValue {
        notification(
            method: "notifications/cancelled", ["requestId": .integer(id), "reason": .string(reason)])
    }

    /// What we answer a server's request: we are there, and that is all we offer.
    static func answer(id: JSONValue, method: String) -> JSONValue {
        if method == "ping" { return ["jsonrpc": "2.0", "id": id, "result": [:]] }
        let error: JSONValue = ["code": -32601, "message": .string("whet does not offer \(method)")]
        return ["jsonrpc": "2.0", "id": id, "error": error]
    }
}

/// An error that a server gives as its answer.
struct MCPFault: Error, Hashable, Sendable {
    let code: Int
    let message: String

    init(_ json: JSONValue) {
        code = json["code"]?.canonical.integer ?? 0
        message = json["message"]?.string ?? json.excerpt
    }

    /// JSON-RPC's code for parameters that do not fit: by what the policy asked for.
    var isInvalidParameters: Bool { code == -32602 }
}
