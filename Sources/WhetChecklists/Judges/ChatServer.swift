import Synchronization
import WhetCore
import WhetHTTP

/// Any server with OpenAI's `/v1/chat/completions`, asked for replies in JSON.
final class ChatServer: Sendable {
    let url: String
    let model: String
    let client: HTTPClient
    let settings: JudgeSettings
    /// The server has refused a schema and taken the same without one.
    private let refusesSchemas = Mutex(false)

    /// - Parameter url: with or without `/v1`.
    init(url: String, model: String, client: HTTPClient, settings: JudgeSettings) throws {
        try settings.check()
        var base = url
        while base.hasSuffix("/") { base.removeLast() }
        if base.hasSuffix("/v1") { base.removeLast(3) }
        self.url = base
        self.model = model
        self.client = client
        self.settings = settings
    }

    var name: String { url.withoutSecrets }

    /// One reply.
    ///
    /// - Parameters:
    ///   - seed: of the try with this number, from 1.
    ///   - read: reads the reply; if it throws, the reply is asked for again.
    /// - Throws: `HTTPError`, or what `read` threw last.
    func reply<Value: Sendable>(
        to messages: [Message], schema: (name: String, value: JSONValue),
        seed: @escaping @Sendable (_ try: Int) -> UInt64,
        reading read: @escaping @Sendable (String) throws -> Value
    ) async throws -> Value {
        let prompt = JSONValue.array(messages.map(\.json))
        let usesSchema = settings.form != .instructions && !refusesSchemas.withLock { $0 }
        do {
            return try await reply(prompt, schema: usesSchema ? schema : nil, seed, read)
        } catch let error as HTTPError where settings.form == .automatic && usesSchema && error.refusesRequest {
            let value = try await reply(prompt, schema: nil, seed, read)
            refusesSchemas.withLock { $0 = true }
            return value
        }
    }

    private func reply<Value: Sendable>(
        _ prompt: JSONValue, schema: (name: String, value: JSONValue)?, _ seed: @Sendable (Int) -> UInt64,
        _ read: @escaping @Sendable (String) throws -> Value
    ) async throws -> Value {
        try await client.send(
            retrying: settings.retry, timeouts: settings.timeouts,
            make: { self.request(prompt, schema: schema, seed: seed($0)) },
            reading: { try read(Self.content(of: JSONDocument(parsing: $0.body).root)) })
    }

    private func request(_ prompt: JSONValue, schema: (name: String, value: JSONValue)?, seed: UInt64) -> HTTPRequest {
        var body: JSONObject = [
            "model": .string(model), "messages": prompt, "temperature": .number(settings.temperature),
            "top_p": .number(settings.topP), "max_tokens": .integer(settings.maximumTokens),
            // 31 bits are what every server takes.
            "seed": .integer(Int(seed >> 33)),
        ]
        if let schema {
            body["response_format"] = [
                "type": "json_schema",
                "json_schema": ["name": .string(schema.name), "strict": true, "schema": schema.value],
            ]
        }
        body.merge(settings.extraBody) { _, extra in extra }
        return .post(url + "/v1/chat/completions", json: .object(body), headers: settings.headers)
    }

    private static func content(of root: JSONView) throws -> String {
        guard let choice = root["choices"]?.elements?.first else {
            throw WhetError("the judge's server gave no reply", expected: "OpenAI's choices")
        }
        if choice["finish_reason"]?.string == "length" {
            throw WhetError("the judge's reply was cut off", remedy: "raise the judge's maximum_tokens")
        }
        guard let content = choice["message"]?["content"]?.string else {
            throw WhetError("the judge's reply has no text")
        }
        return content
    }
}

extension HTTPError {
    /// Whether the server did not like what it was sent.
    fileprivate var refusesRequest: Bool {
        if case .status(let response) = reason { [400, 404, 415, 422, 501].contains(response.status) } else { false }
    }
}
