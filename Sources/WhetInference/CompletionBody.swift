import WhetCore

/// The body of `/v1/completions`: ids in, ids and log-probabilities out.
enum CompletionBody {
    static func bytes(of request: GenerationRequest, model: String, flavor: OpenAIServer.Flavor, streams: Bool)
        -> [UInt8]
    {
        let sampling = request.sampling
        var text = JSONText()
        text.append(raw: #"{"model":"#)
        text.append(quoted: model)
        text.append(raw: #","prompt":"#)
        text.append(request.tokens)
        text.append(raw: #","max_tokens":\#(sampling.maximumNewTokens),"temperature":\#(sampling.temperature)"#)
        text.append(raw: #","top_p":\#(sampling.topP),"seed":\#(seed(request, flavor)),"logprobs":1"#)
        // What a server's default would cut off, the trainer would not know of.
        text.append(raw: #","top_k":\#(sampling.topK ?? (flavor == .llamaCpp ? 0 : -1))"#)
        switch flavor {
        case .vllm:
            text.append(raw: #","return_token_ids":true,"skip_special_tokens":false,"min_p":0"#)
            text.append(raw: #","spaces_between_special_tokens":false,"repetition_penalty":1"#)
        case .llamaCpp:
            text.append(raw: #","return_tokens":true,"cache_prompt":true,"min_p":0,"typical_p":1,"repeat_penalty":1"#)
        case .other: text.append(raw: #","return_token_ids":true"#)
        }
        if !sampling.stopStrings.isEmpty {
            text.append(raw: #","stop":"#)
            text.append(.array(sampling.stopStrings.map(JSONValue.string)))
            if flavor == .vllm { text.append(raw: #","include_stop_str_in_output":true"#) }
        }
        if !sampling.stopTokens.isEmpty {
            text.append(raw: #","stop_token_ids":"#)
            text.append(sampling.stopTokens)
        }
        text.append(raw: streams ? #","stream":true,"stream_options":{"include_usage":true}}"# : #","stream":false}"#)
        return text.bytes
    }

    /// llama.cpp keeps 32 bits of a seed, and takes the largest for "any".
    private static func seed(_ request: GenerationRequest, _ flavor: OpenAIServer.Flavor) -> Int {
        flavor == .llamaCpp ? Int(request.seed % UInt64(UInt32.max)) : request.wireSeed
    }
}
