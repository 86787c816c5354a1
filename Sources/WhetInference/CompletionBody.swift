import WhetCore

/// The body of `/v1/completions`: ids in, ids and log-probabilities out.
enum CompletionBody {
    /// - Parameter isVLLM: whether to say what only vLLM takes.
    static func bytes(of request: GenerationRequest, model: String, isVLLM: Bool, streams: Bool) -> [UInt8] {
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
}
