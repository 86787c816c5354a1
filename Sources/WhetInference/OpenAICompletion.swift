import WhetCore

/// OpenAI's `/v1/completions`, with what servers add to it: ids in, ids and log-probabilities out.
///
/// Ids come as `token_ids` (vLLM) or inside `logprobs.content` (llama.cpp).
struct OpenAICompletion: PartialCompletion {
    private(set) var tokens: [Int32] = []
    private var logProbabilities: [Float] = []
    private var finish: FinishReason?
    private var promptTokens: Int?
    private var cachedTokens: Int?
    private var hasText = false

    /// - Parameter isVLLM: whether to say what only vLLM takes.
    static func body(of request: GenerationRequest, model: String, isVLLM: Bool, streams: Bool) -> [UInt8] {
        let sampling = request.sampling
        var text = JSONText()
        text.append(raw: #"{"model":"#)
        text.append(quoted: model)
        text.append(raw: #","prompt":"#)
        text.append(request.tokens)
        text.append(raw: #","max_tokens":\#(sampling.maximumNewTokens),"temperature":\#(sampling.temperature)"#)
        text.append(raw: #","top_p":\#(sampling.topP),"seed":\#(request.wireSeed),"logprobs":1"#)
        // What a server's default would cut off, the trainer would not know of.
        text.append(raw: #","top_k":\#(sampling.topK ?? -1),"return_token_ids":true"#)
        if isVLLM {
            text.append(raw: #","skip_special_tokens":false,"min_p":0"#)
            text.append(raw: #","spaces_between_special_tokens":false,"repetition_penalty":1"#)
        }
        if !sampling.stopStrings.isEmpty {
            text.append(raw: #","stop":"#)
            text.append(.array(sampling.stopStrings.map(JSONValue.string)))
            if isVLLM { text.append(raw: #","include_stop_str_in_output":true"#) }
        }
        if !sampling.stopTokens.isEmpty {
            text.append(raw: #","stop_token_ids":"#)
            text.append(sampling.stopTokens)
        }
        text.append(raw: streams ? #","stream":true,"stream_options":{"include_usage":true}}"# : #","stream":false}"#)
        return text.bytes
    }

    mutating func read(_ root: JSONView) throws {
        if let error = root["error"] {
            throw WhetError(
                "the server failed in the middle of its answer: \(error["message"]?.string ?? "\(error.value)")")
        }
        if let usage = root["usage"] {
            promptTokens = usage["prompt_tokens"]?.integer ?? promptTokens
            cachedTokens = usage["prompt_tokens_details"]?["cached_tokens"]?.integer ?? cachedTokens
        }
        guard let choices = root["choices"]?.elements else { throw WhetError("the server's answer has no choices") }
        guard let choice = choices.first else { return }  // the last event of a stream has the usage alone
        guard choices.count == 1 else { throw WhetError("the server gave \(choices.count) choices", expected: "one") }
        if let text = choice["text"]?.string, !text.isEmpty { hasText = true }
        try readTokens(choice)
        if let reason = choice["finish_reason"]?.string {
            guard let known = FinishReason(rawValue: reason) else {
                throw WhetError("the server's answer has the finish_reason \"\(reason)\"")
            }
            finish = known
        }
    }

    private mutating func readTokens(_ choice: JSONView) throws {
        let logProbabilities = choice["logprobs"]
        if let content = logProbabilities?["content"]?.elements {
            for entry in content {
                guard let token = entry["id"]?.integer.flatMap(Int32.init(exactly:)),
                    let number = entry["logprob"]?.double
                else {
                    throw WhetError("the server's answer has a log-probability without token id or number")
                }
                tokens.append(token)
                self.logProbabilities.append(Float(number))
            }
            return
        }
        guard let ids = choice["token_ids"] else { return }
        let numbers = logProbabilities?["token_logprobs"]?.elements ?? []
        guard let ids = ids.tokens ?? (ids.value.isNull ? [] : nil) else {
            throw WhetError("the server's answer has token_ids that are no ids")
        }
        tokens += ids
        for number in numbers {
            guard let number = number.double else {
                throw WhetError("the server's answer has a log-probability that is no number")
            }
            self.logProbabilities.append(Float(number))
        }
        guard tokens.count == self.logProbabilities.count else {
            throw WhetError("the server gave \(ids.count) token ids and \(numbers.count) log-probabilities")
        }
    }

    func generation(
        _ request: GenerationRequest, isWhole: Bool, version: PolicyVersion?, vocabularySize: Int?
    ) throws -> Generation {
        guard finish != nil || !isWhole else {
            throw WhetError("the server's answer has no finish_reason", at: "request \(request.id)")
        }
        if hasText, tokens.isEmpty {
            throw WhetError(
                "the server's answer has text, but no token ids and log-probabilities", at: "request \(request.id)",
                remedy: "whet needs a server that returns token ids: vLLM from 0.10 on does")
        }
        return try Generation(
            tokens: tokens, logProbabilities: logProbabilities, finish: finish ?? .abort, version: version,
            promptTokens: promptTokens ?? request.tokens.count, cachedTokens: cachedTokens ?? 0, request: request,
            vocabularySize: vocabularySize)
    }
}
