import WhetCore
import WhetHTTP

/// A model behind an OpenAI-compatible server, asked by `/v1/chat/completions`.
public struct ChatServerModel: ChatModel {
    public let name: String
    private let url: String
    private let model: String
    private let headers: HTTPHeaders
    private let temperature: Double
    private let maximumTokens: Int
    private let client: HTTPClient
    private let retries: RetryPolicy
    private let timeouts: HTTPTimeouts

    /// - Parameters:
    ///   - url: of the server, without `/v1`.
    ///   - headers: such as `Authorization`.
    public init(
        url: String, model: String, headers: HTTPHeaders = [:], temperature: Double = 0, maximumTokens: Int = 1024,
        client: HTTPClient, retries: RetryPolicy = .standard, timeouts: HTTPTimeouts = .standard
    ) {
        name = "\(model), temperature \(temperature), \(maximumTokens) tokens"
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.model = model
        self.headers = headers
        self.temperature = temperature
        self.maximumTokens = maximumTokens
        self.client = client
        self.retries = retries
        self.timeouts = timeouts
    }

    public func reply(to messages: [Message], seed: UInt64) async throws -> String {
        let request = HTTPRequest.post(
            url + "/v1/chat/completions",
            json: [
                "model": .string(model), "messages": .array(messages.map(\.json)), "temperature": .number(temperature),
                // 31 bits are what every server takes.
                "max_tokens": .integer(maximumTokens), "seed": .integer(Int(seed >> 33)),
            ], headers: headers)
        do {
            return try await client.send(retrying: retries, timeouts: timeouts, make: { _ in request }) {
                response -> String in
                let answer = try JSONValue(parsing: response.body)
                guard let message = answer["choices"]?[0]?["message"], let text = message["content"]?.string else {
                    throw WhetError(
                        "the server's answer has no text: \(response.excerpt())", at: request.description,
                        expected: "choices[0].message.content")
                }
                return text
            }
        } catch let error as HTTPError {
            if error.reason == .cancelled { throw CancellationError() }
            throw error.whetError
        }
    }
}
