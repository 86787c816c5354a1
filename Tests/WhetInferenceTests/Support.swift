import WhetCore
import WhetHTTP

@testable import WhetInference

/// Retries that take no time worth mentioning.
extension InferenceSettings {
    static let quick = InferenceSettings(
        retry: RetryPolicy(maximumTries: 4, firstDelay: .milliseconds(1), maximumDelay: .milliseconds(2)))
}

func request(
    _ id: String = "r", tokens: [Int32] = [1, 2, 3], new: Int = 16, seed: UInt64 = 7, of rollout: String? = nil
) -> GenerationRequest {
    GenerationRequest(
        id: id, tokens: tokens, sampling: SamplingParameters(maximumNewTokens: new), seed: seed, affinity: rollout)
}
