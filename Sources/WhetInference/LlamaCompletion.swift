import WhetCore

/// llama.cpp's own `/completion`: ids in, ids and log-probabilities out.
///
/// Keeps: the ids are as many as the server counts. Its streams leave out those that end in the middle of a character
/// (seen in its source: an event is sent only once the text is valid UTF-8); such a stream is a `LostTokens`.
struct LlamaCompletion: PartialCompletion {
    /// The server has sampled more than it has sent.
    struct LostTokens: Error {}

    private(set) var tokens: [Int32] = []
    private var logProbabilities: [Float] = []
    private var finish: FinishReason?
    private var promptTokens: Int?
    private var cachedTokens: Int?

    static func body(of request: GenerationRequest, streams: Bool) -> [UInt8] {
        let sampling = request.sampling
        var text = JSONText()
        text.append(raw: #"{"prompt":"#)
        text.append(request.tokens)
        text.append(raw: #","n_predict":\#(sampling.maximumNewTokens),"temperature":\#(sampling.temperature)"#)
        text.append(raw: #","top_p":\#(sampling.topP),"top_k":\#(sampling.topK ?? 0)"#)
        // What the server's defaults would cut off or favor, the trainer would not know of.
        text.append(raw: #","min_p":0,"typical_p":1,"repeat_penalty":1,"presence_penalty":0,"frequency_penalty":0"#)
        // It keeps 32 bits of a seed, and takes the largest for "any".
        text.append(raw: #","seed":\#(request.seed % UInt64(UInt32.max)),"n_probs":1,"post_sampling_probs":false"#)
        text.append(raw: #","return_tokens":true,"cache_prompt":true"#)
        if !sampling.stopStrings.isEmpty {
            text.append(raw: #","stop":"#)
            text.append(.array(sampling.stopStrings.map(JSONValue.string)))
        }
        text.append(raw: #","stream":\#(streams)}"#)
        return text.bytes
    }

    mutating func read(_ root: JSONView) throws {
        if let error = root["error"] {
            throw WhetError("the server failed: \(error["message"]?.string ?? "\(error.value)")")
        }
        let ids = root["tokens"]?.tokens ?? []
        for entry in root["completion_probabilities"]?.elements ?? [] {
            guard let number = entry["logprob"]?.double else {
                throw WhetError("the server's answer has a log-probability that is no number")
            }
            logProbabilities.append(Float(number))
        }
        tokens += ids
        promptTokens = root["tokens_evaluated"]?.integer ?? promptTokens
        cachedTokens = root["tokens_cached"]?.integer ?? cachedTokens
        if let count = root["tokens_predicted"]?.integer, count > tokens.count { throw LostTokens() }
        guard root["stop"]?.bool == true else { return }
        switch root["stop_type"]?.string {
        case "eos", "word": finish = .stop
        case "limit": finish = .length
        case let other: throw WhetError("the server's answer has the stop_type \"\(other ?? "none")\"")
        }
    }

    func generation(
        _ request: GenerationRequest, isWhole: Bool, version: PolicyVersion?, vocabularySize: Int?
    ) throws -> Generation {
        guard finish != nil || !isWhole else {
            throw WhetError("the server's answer has no end", at: "request \(request.id)")
        }
        let prompt = promptTokens ?? request.tokens.count
        return try Generation(
            tokens: tokens, logProbabilities: logProbabilities, finish: finish ?? .abort, version: version,
            promptTokens: prompt, cachedTokens: min(prompt, cachedTokens ?? 0), request: request,
            vocabularySize: vocabularySize)
    }
}
