import WhetCore
import WhetHTTP

/// What shows only by trying: the questions that several kinds of servers are asked.
extension ServerProbe {
    func reportsLoad() async throws -> Bool {
        let response = try await send(get("/metrics"))
        return response.isSuccess && ServerLoad(metrics: response.text) != nil
    }

    /// Samples one token: whether ids were taken, and ids and log-probabilities given.
    func sampleOne(model: String, isVLLM: Bool) async throws -> (takes: Bool, returns: Bool, reports: Bool) {
        let request = GenerationRequest(
            id: "whet-probe", tokens: [1], sampling: SamplingParameters(maximumNewTokens: 1), seed: 1)
        let body = CompletionBody.bytes(of: request, model: model, isVLLM: isVLLM, streams: false)
        let response = try await send(post("/v1/completions", body))
        guard response.isSuccess, let document = try? JSONDocument(parsing: response.body) else {
            return (false, false, false)
        }
        let choice = document.root["choices"]?.elements?.first
        let content = choice?["logprobs"]?["content"]?.elements?.first
        let returns = choice?["token_ids"]?.tokens?.isEmpty == false || content?["id"]?.integer != nil
        let reports = choice?["logprobs"]?["token_logprobs"]?.elements?.first?.double != nil
        return (true, returns, reports || content?["logprob"]?.double != nil)
    }

    /// Samples one token at two temperatures: if the likeliest token has the same log-probability, they are raw.
    func logProbabilities(model: String) async throws -> InferenceCapabilities.LogProbabilities {
        func likeliest(temperature: Double) async throws -> Double? {
            let body: JSONValue = [
                "model": .string(model), "prompt": [1], "max_tokens": 1, "temperature": .number(temperature),
                "logprobs": 1,
            ]
            let answer = try await json(post("/v1/completions", Array(body.text().utf8)))
            let logProbabilities = answer?["choices"]?[0]?["logprobs"]
            let alternatives =
                logProbabilities?["top_logprobs"]?[0]?.object?.values.compactMap(\.double)
                ?? logProbabilities?["content"]?[0]?["top_logprobs"]?.array?.compactMap { $0["logprob"]?.double }
            return alternatives?.max()
        }
        guard let warm = try await likeliest(temperature: 1), let cold = try await likeliest(temperature: 0.5) else {
            return .raw  // the stricter assumption: only temperature 1 is allowed
        }
        return abs(warm - cold) < 1e-4 ? .raw : .renormalized
    }
}
