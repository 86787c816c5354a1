import WhetCore
import WhetEnvironments
import WhetServing

/// One call of an agent, read and checked.
struct AgentRequest: Sendable {
    enum Kind: String, Sendable {
        case chat = "chatcmpl"
        case completion = "cmpl"
    }

    let kind: Kind
    let source: CallTree.Source
    /// What the agent calls the model; the answer repeats it.
    let model: String?
    /// Nil where the agent leaves it to the server.
    let maximumNewTokens: Int?
    let stops: [String]
    let offersTools: Bool
    let reportsLogProbabilities: Bool
    let streams: Bool
    let showsUsage: Bool
    /// The keys whose wish is not followed.
    let overridden: [String]

    /// POST /v1/chat/completions.
    init(chat fields: RequestFields, sampling: SamplingParameters, authority: SamplingAuthority) throws {
        try fields.requireNeutral(
            "response_format", [["type": "text"]], because: "constrained sampling is not supported; leave it out")
        try fields.requireNeutral(
            "tool_choice", ["auto", "none"],
            because: "the policy chooses its tools itself; expected \"auto\" or \"none\"")
        for key in ["functions", "function_call"] {
            try fields.requireNeutral(key, [[], "none"], because: "use tools and tool_choice")
        }
        try fields.requireNeutral(
            "top_logprobs", [0], because: "only the log-probability of what was sampled is known here; leave it out")
        let mayCall = fields.view("tool_choice")?.string != "none"
        let tools = mayCall ? try fields.tools() : nil
        let conversation: Conversation
        do {
            conversation = try Conversation(
                messages: try fields.messages(), tools: tools, variables: fields.templateVariables())
        } catch let error as WhetError {
            throw RequestProblem.badValue(error.sentence, parameter: "messages")
        }
        try self.init(
            .chat, .chat(conversation), fields, offersTools: !(tools?.array ?? []).isEmpty,
            reports: fields.bool("logprobs") ?? false,
            budget: fields.integer("max_completion_tokens", in: 1...Int.max)
                ?? fields.integer("max_tokens", in: 1...Int.max),
            sampling: sampling, authority: authority)
    }

    /// POST /v1/completions.
    init(completion fields: RequestFields, sampling: SamplingParameters, authority: SamplingAuthority) throws {
        try fields.requireNeutral("echo", [false], because: "prompts are not repeated; leave it out")
        try fields.requireNeutral("suffix", [""], because: "there is no filling in of middles")
        let view = try fields.required("prompt", fields.view("prompt"))
        let source: CallTree.Source
        if let text = view.string {
            source = .text(text)
        } else if let tokens = view.tokens, !tokens.isEmpty {
            source = .tokens(tokens)
        } else {
            throw RequestProblem.badValue(
                "prompt is \(view.value.excerpt); expected a text or a list of token ids, one prompt a call",
                parameter: "prompt", code: "invalid_type")
        }
        try self.init(
            .completion, source, fields, offersTools: false, reports: fields.integer("logprobs", in: 0...0) != nil,
            budget: fields.integer("max_tokens", in: 1...Int.max) ?? 16, sampling: sampling, authority: authority)
    }

    private init(
        _ kind: Kind, _ source: CallTree.Source, _ fields: RequestFields, offersTools: Bool, reports: Bool,
        budget: Int?,
        sampling: SamplingParameters, authority: SamplingAuthority
    ) throws {
        for key in ["n", "best_of"] {
            try fields.requireNeutral(key, [1], because: "an answer is one turn of the episode; expected 1")
        }
        self.kind = kind
        self.source = source
        self.offersTools = offersTools
        reportsLogProbabilities = reports
        maximumNewTokens = budget
        model = try fields.string("model")
        stops = try fields.strings("stop") ?? []
        streams = try fields.bool("stream") ?? false
        showsUsage = try fields.object("stream_options")?.bool("include_usage") ?? false
        overridden = Self.otherWishes(in: fields, than: sampling)
        if authority == .refuse, let key = overridden.first {
            throw RequestProblem.badValue(
                "\(key) is not the run's: the recipe decides how tokens are drawn; leave it out", parameter: key,
                code: "unsupported_parameter")
        }
    }

    /// The keys that ask for another distribution than the run's.
    private static func otherWishes(in fields: RequestFields, than sampling: SamplingParameters) -> [String] {
        let same: [(String, [JSONValue])] = [
            ("temperature", [.number(sampling.temperature)]), ("top_p", [.number(sampling.topP)]),
            ("top_k", sampling.topK.map { [JSONValue.integer($0)] } ?? [-1, 0]), ("presence_penalty", [0]),
            ("frequency_penalty", [0]), ("repetition_penalty", [1]), ("min_p", [0]), ("logit_bias", [[:]]),
        ]
        return same.compactMap { key, values in
            guard let value = fields.view(key)?.value, !value.isNull else { return nil }
            let isSame = values.contains { $0 == value || ($0.double != nil && $0.double == value.double) }
            return isSame ? nil : key
        }
    }
}
