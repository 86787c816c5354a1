import WhetCore

/// The Tinker API's `asample`: ids in, ids and log-probabilities out.
enum TinkerCompletion {
    /// The body of `asample`.
    ///
    /// - Parameter number: of the request within its sampling session.
    static func body(of request: GenerationRequest, session: String, number: Int) -> [UInt8] {
        let sampling = request.sampling
        var text = JSONText(capacity: 320 + 6 * request.tokens.count)
        text.append(raw: #"{"num_samples":1,"prompt":{"chunks":[{"type":"encoded_text","tokens":"#)
        text.append(request.tokens)
        text.append(raw: #"}]},"sampling_params":{"max_tokens":\#(sampling.maximumNewTokens),"temperature":"#)
        text.append(.number(sampling.temperature))
        text.append(raw: #","top_p":"#)
        text.append(.number(sampling.topP))
        // Services count in 32 bits.
        text.append(raw: #","top_k":\#(sampling.topK ?? -1),"seed":\#(request.seed & 0x7FFF_FFFF)"#)
        if !sampling.stopTokens.isEmpty {
            text.append(raw: #","stop":"#)
            text.append(sampling.stopTokens)
        } else if !sampling.stopStrings.isEmpty {
            text.append(raw: #","stop":"#)
            text.append(.array(sampling.stopStrings.map(JSONValue.string)))
        }
        text.append(raw: #"},"sampling_session_id":"#)
        text.append(quoted: session)
        text.append(raw: #","seq_id":\#(number),"type":"sample"}"#)
        return text.bytes
    }

    /// Reads the result of `asample`.
    ///
    /// - Throws: `WhetError` for anything that is not one.
    static func generation(
        _ answer: JSONDocument, request: GenerationRequest, version: PolicyVersion?, vocabularySize: Int?
    ) throws -> Generation {
        func fault(_ problem: String) -> WhetError {
            WhetError("the service's sample \(problem)", at: "request \(request.id)")
        }
        guard let sequence = answer.root["sequences"]?[0], let tokens = sequence["tokens"]?.tokens else {
            throw fault("has no sequences with tokens")
        }
        guard let reason = sequence["stop_reason"]?.string, let finish = FinishReason(rawValue: reason),
            finish != .abort
        else { throw fault("has the stop_reason \(sequence["stop_reason"]?.string ?? "of no kind")") }
        var logProbabilities: [Float] = []
        sequence["logprobs"]?.forEachElement { if let number = $0.double { logProbabilities.append(Float(number)) } }
        return try Generation(
            tokens: tokens, logProbabilities: logProbabilities, finish: finish, version: version,
            promptTokens: request.tokens.count, cachedTokens: 0, request: request, vocabularySize: vocabularySize)
    }
}
