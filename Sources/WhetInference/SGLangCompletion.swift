import WhetCore

/// SGLang's `/generate`: ids in, ids and log-probabilities out.
enum SGLangCompletion {
    /// The body of `/generate`. The stop token stays in the output and nothing is detokenized away.
    ///
    /// - Parameter adapter: the adapter to sample with; nil: none.
    static func body(of request: GenerationRequest, wireID: String, adapter: String? = nil) -> [UInt8] {
        let sampling = request.sampling
        var text = JSONText(capacity: 320 + 6 * request.tokens.count)
        text.append(raw: #"{"rid":"#)
        text.append(quoted: wireID)
        if let adapter {
            text.append(raw: #","lora_path":"#)
            text.append(quoted: adapter)
        }
        text.append(raw: #","input_ids":"#)
        text.append(request.tokens)
        text.append(raw: #","sampling_params":{"max_new_tokens":"#)
        text.append(integer: sampling.maximumNewTokens)
        text.append(raw: #","temperature":"#)
        text.append(.number(sampling.temperature))
        text.append(raw: #","top_p":"#)
        text.append(.number(sampling.topP))
        if let topK = sampling.topK {
            text.append(raw: #","top_k":"#)
            text.append(integer: topK)
        }
        if !sampling.stopStrings.isEmpty {
            text.append(raw: #","stop":"#)
            text.append(.array(sampling.stopStrings.map(JSONValue.string)))
        }
        if !sampling.stopTokens.isEmpty {
            text.append(raw: #","stop_token_ids":"#)
            text.append(sampling.stopTokens)
        }
        text.append(raw: #","sampling_seed":"#)
        text.append(integer: request.wireSeed)
        text.append(raw: #","no_stop_trim":true,"skip_special_tokens":false,"spaces_between_special_tokens":false}"#)
        text.append(raw: #","return_logprob":true,"stream":false}"#)
        return text.bytes
    }

    /// Reads the answer of `/generate`: ids and log-probabilities from `output_token_logprobs`, never from the text.
    ///
    /// - Parameter version: what sampled it, if the answer is not to say so.
    /// - Throws: `WhetError` for anything that is not one.
    static func generation(
        _ body: [UInt8], request: GenerationRequest, vocabularySize: Int?, version: PolicyVersion? = nil
    ) throws -> Generation {
        func fault(_ problem: String) -> WhetError {
            WhetError("the server's answer \(problem)", at: "request \(request.id)")
        }
        let root = try JSONDocument(parsing: body).root
        guard let info = root["meta_info"] else { throw fault("has no meta_info") }
        guard let kind = info["finish_reason"]?["type"]?.string else { throw fault("has no finish_reason") }
        guard let finish = FinishReason(rawValue: kind) else { throw fault("has the finish_reason \"\(kind)\"") }
        let pairs = info["output_token_logprobs"]
        guard let count = pairs?.elementCount ?? (finish == .abort ? 0 : nil) else {
            throw fault("has no output_token_logprobs")
        }
        var tokens: [Int32] = []
        var logProbabilities: [Float] = []
        tokens.reserveCapacity(count)
        logProbabilities.reserveCapacity(count)
        try pairs?.forEachElement { pair in
            guard let logProbability = pair[0]?.double,
                let token = pair[1]?.integer.flatMap(Int32.init(exactly:))
            else {
                throw fault("has an output_token_logprobs that is not of pairs of number and id")
            }
            tokens.append(token)
            logProbabilities.append(Float(logProbability))
        }
        if let text = root["text"]?.string, !text.isEmpty, tokens.isEmpty { throw fault("has text, but no tokens") }
        if let ids = root["output_ids"]?.tokens, ids != tokens {
            throw fault("has other output_ids than output_token_logprobs")
        }
        if let count = info["completion_tokens"]?.integer, count != tokens.count {
            throw fault("counts \(count) tokens and gives \(tokens.count)")
        }
        return try Generation(
            tokens: tokens, logProbabilities: logProbabilities, finish: finish,
            version: version ?? PolicyVersion(weightVersion: info["weight_version"]?.string),
            promptTokens: info["prompt_tokens"]?.integer ?? request.tokens.count,
            cachedTokens: info["cached_tokens"]?.integer ?? 0, request: request, vocabularySize: vocabularySize)
    }
}
