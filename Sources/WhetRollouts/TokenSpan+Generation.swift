import WhetCore
import WhetInference

extension TokenSpan {
    /// What a server sampled, with all that training needs to know of it.
    ///
    /// - Parameters:
    ///   - expected: the version that it must be from; nil takes any. A server that lost its weights is caught here.
    ///   - server: who was asked; a pool's answer names the one of its servers that sampled.
    /// - Throws: `WhetError` when it is from another version, or nobody says from which.
    public init(
        _ generation: Generation, to request: GenerationRequest, from expected: PolicyVersion?, server: String
    ) throws {
        guard let version = generation.version ?? expected else {
            throw WhetError("the server does not say which policy version sampled", at: request.id)
        }
        if let expected, version != expected {
            throw WhetError("the server answered with policy version \(version), not \(expected)", at: request.id)
        }
        self.init(
            .policy(
                TokenSpan.Policy(
                    behaviorLogProbabilities: generation.logProbabilities, version: version,
                    sampling: request.sampling, requestID: request.id, server: generation.server ?? server)),
            tokens: generation.tokens)
    }
}
