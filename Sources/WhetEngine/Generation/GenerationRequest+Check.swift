import WhetCore

extension GenerationEngine {
    /// - Throws: `WhetError` that says why the request can never be answered; its place is the parameter's name.
    func check(_ request: Request) throws(WhetError) {
        let sampling = request.sampling
        guard !request.prompt.isEmpty else {
            throw WhetError("the prompt has no tokens", at: "prompt", expected: "at least one token to continue")
        }
        guard request.prompt.count < context else {
            throw WhetError(
                "the prompt has \(request.prompt.count) tokens, and the model's context holds \(context)", at: "prompt",
                expected: "at most \(context - 1) tokens, which leaves room for one new token")
        }
        for tokens in [request.prompt, sampling.stopTokens] {
            if let wrong = tokens.first(where: { $0 < 0 || $0 >= vocabularySize }) {
                throw WhetError(
                    "\(wrong) is no token of this model", at: tokens == request.prompt ? "prompt" : "stop_token_ids",
                    expected: "ids from 0 to \(vocabularySize - 1)")
            }
        }
        func require(_ holds: Bool, _ key: String, _ value: Any, _ expected: String) throws(WhetError) {
            if !holds { throw WhetError("\(key) is \(value)", at: key, expected: expected) }
        }
        try require(
            sampling.temperature == 0 || (0.001...1_000).contains(sampling.temperature), "temperature",
            sampling.temperature, "0 for greedy, or a number from 0.001 to 1000")
        try require(sampling.topP > 0 && sampling.topP <= 1, "top_p", sampling.topP, "a number above 0 and at most 1")
        try require(sampling.topK.map { $0 > 0 } ?? true, "top_k", sampling.topK ?? 0, "at least 1, or none at all")
        try require(sampling.maximumNewTokens > 0, "max_tokens", sampling.maximumNewTokens, "at least 1")
        try require(!sampling.stopStrings.contains(""), "stop", "an empty text", "texts that are not empty")
        try require(
            (0...vocabularySize).contains(request.topLogProbabilities), "top_logprobs", request.topLogProbabilities,
            "from 0 to \(vocabularySize)")
    }
}
