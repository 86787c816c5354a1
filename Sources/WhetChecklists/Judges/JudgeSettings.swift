import WhetCore
import WhetHTTP

/// How a server is asked to judge.
public struct JudgeSettings: Sendable {
    /// How the form of the reply is asked for.
    public enum ReplyForm: String, Hashable, Sendable, CaseIterable {
        /// By schema; by words where the server refuses that.
        case automatic
        /// `response_format` with a JSON schema.
        case schema
        /// In words alone.
        case instructions
    }

    public var form = ReplyForm.automatic
    /// CM2's sampling.
    public var temperature = 0.6
    public var topP = 0.8
    /// A reply that is longer is unknown.
    public var maximumTokens = 2048
    /// How often each question is put at most; odd. More than half of these decide; unknown votes are for nobody.
    public var votes = 1
    /// Requests under way at a time; the others wait.
    public var concurrency = 256
    /// Refused, cut and garbled replies are asked for again. Its deadline is for one vote, from when it is sent.
    public var retry = RetryPolicy(
        maximumTries: 3, firstDelay: .milliseconds(200), maximumDelay: .seconds(5), deadline: .seconds(300))
    public var timeouts = HTTPTimeouts(connect: .seconds(10), idle: nil, total: .seconds(120))
    /// Such as `Authorization`.
    public var headers: HTTPHeaders = [:]
    /// Members that are added to the body of each request, such as `chat_template_kwargs`.
    public var extraBody: JSONObject = [:]

    public init() {}

    /// - Throws: `WhetError` for what is not possible.
    func check() throws {
        func demand(_ isRight: Bool, _ key: String, _ value: Any, _ expected: String) throws {
            if !isRight { throw WhetError("\(value) is not possible here", at: "judge.\(key)", expected: expected) }
        }
        try demand(votes > 0 && !votes.isMultiple(of: 2), "votes", votes, "an odd number, so that one side wins")
        try demand(concurrency > 0, "concurrency", concurrency, "a number of at least 1")
        try demand(maximumTokens > 0, "maximum_tokens", maximumTokens, "a number of at least 1")
        try demand(temperature >= 0 && temperature.isFinite, "temperature", temperature, "a number of at least 0")
        try demand(topP > 0 && topP <= 1, "top_p", topP, "a number above 0, at most 1")
    }
}
