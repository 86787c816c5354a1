import WhetCore
import WhetEngine
import WhetServing

/// What OpenAI's and SGLang's requests say about how to sample.
struct SamplingFields {
    var parameters: SamplingParameters
    /// Nil when the client leaves it to the server.
    var seed: UInt64?
    var ignoresEndTokens: Bool
    /// Whether the text shows special tokens, and the stop string that ended it. The ids always show all.
    var skipsSpecialTokens: Bool
    var trimsStop: Bool

    /// The keys of /v1/completions and /v1/chat/completions, with vLLM's additions.
    init(openAI fields: RequestFields, defaultBudget: Int) throws {
        let budget =
            try fields.integer("max_completion_tokens", in: 1...Int.max)
            ?? fields.integer("max_tokens", in: 1...Int.max)
        try self.init(fields, budget: budget ?? defaultBudget, seed: "seed")
        trimsStop = try !(fields.bool("include_stop_str_in_output") ?? false)
    }

    /// `sampling_params` of /generate.
    init(sglang fields: RequestFields) throws {
        let seed = try fields.integer("sampling_seed") == nil ? "seed" : "sampling_seed"
        try self.init(fields, budget: try fields.integer("max_new_tokens", in: 1...Int.max) ?? 128, seed: seed)
        trimsStop = try !(fields.bool("no_stop_trim") ?? false)
        for key in ["json_schema", "regex", "ebnf", "structural_tag"] {
            try fields.requireNeutral(key, [], because: "constrained sampling is not supported")
        }
        try fields.requireNeutral("n", [1], because: "send one request a sample")
    }

    private init(_ fields: RequestFields, budget: Int, seed seedKey: String) throws {
        var topK = try fields.integer("top_k", in: -1...Int.max)
        if let value = topK, value <= 0 { topK = nil }
        parameters = SamplingParameters(
            temperature: try fields.double("temperature") ?? 1, topP: try fields.double("top_p") ?? 1, topK: topK,
            maximumNewTokens: budget, stopStrings: try fields.strings("stop") ?? [],
            stopTokens: try fields.tokens("stop_token_ids") ?? [])
        // Seeds are 64 bits; JSON's numbers have a sign.
        seed = try fields.integer(seedKey).map { UInt64(bitPattern: Int64($0)) }
        ignoresEndTokens = try fields.bool("ignore_eos") ?? false
        skipsSpecialTokens = try fields.bool("skip_special_tokens") ?? true
        trimsStop = true
        try SamplingFields.refuseWhatWouldChangeTheDistribution(fields)
    }

    /// A parameter that is ignored would make the log-probabilities those of another distribution than the client
    /// thinks.
    private static func refuseWhatWouldChangeTheDistribution(_ fields: RequestFields) throws {
        let neutral: [(String, [JSONValue])] = [
            ("presence_penalty", [0]), ("frequency_penalty", [0]), ("repetition_penalty", [1]), ("min_p", [0]),
            ("typical_p", [1]), ("logit_bias", [[:]]), ("min_tokens", [0]), ("min_new_tokens", [0]),
            ("use_beam_search", [false]), ("guided_json", []), ("guided_regex", []), ("guided_choice", []),
            ("guided_grammar", []), ("structured_outputs", []), ("bad_words", [[]]), ("allowed_token_ids", []),
        ]
        for (key, values) in neutral {
            try fields.requireNeutral(
                key, values,
                because: "this server samples from softmax(logits / temperature), "
                    + "cut by top_p and top_k only; leave the key out")
        }
    }

    /// The seed of the `choice`-th sample of one prompt; the first one's is the request's own.
    func seed(choice: Int, fallback: UInt64) -> UInt64 {
        let seed = seed ?? fallback
        return choice == 0 ? seed : RandomStream.key(seed: seed, purpose: "choice", [choice])
    }
}
