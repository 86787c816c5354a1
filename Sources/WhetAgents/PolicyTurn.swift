import Foundation
import WhetCore
import WhetInference

/// What the policy answered to one call, over as many interruptions as there were.
///
/// Keeps: every span has the version and the sampling that it was drawn under; after an interruption it goes on by ids.
struct PolicyTurn: Sendable {
    var spans: [TokenSpan] = []
    /// When each was asked for and had come, in seconds since 1970.
    var times: [ClosedRange<Double>] = []
    var finish = FinishReason.abort
    /// Of the first request: how much of the prompt the server had kept.
    var cachedTokens = 0

    var tokens: [Int32] { spans.flatMap(\.tokens) }
    var logProbabilities: [Float] { spans.flatMap { $0.policy?.behaviorLogProbabilities ?? [] } }

    /// The next request for the same answer; nil when nothing is left to ask for.
    ///
    /// - Parameters:
    ///   - attempt: how many requests were sent for it.
    ///   - drawsByPlace: whether a seed draws the same at the same place, however the text came there.
    func request(_ first: GenerationRequest, attempt: Int, drawsByPlace: Bool) -> GenerationRequest? {
        guard attempt > 0 else { return first }
        var request = first
        request.id += "-\(attempt)"
        request.tokens += tokens
        request.sampling.maximumNewTokens -= tokens.count
        if !drawsByPlace { request.seed = RandomStream.key(seed: first.seed, purpose: "resumed call", [attempt]) }
        return request.sampling.maximumNewTokens > 0 ? request : nil
    }

    /// Takes what a server sampled.
    ///
    /// - Parameter expected: the version that it must be from; nil takes any.
    /// - Throws: `WhetError` when it is another.
    mutating func append(
        _ generation: Generation, to request: GenerationRequest, from expected: PolicyVersion?, server: String,
        since startedAt: Double
    ) throws {
        finish = generation.finish
        if spans.isEmpty { cachedTokens = generation.cachedTokens }
        guard !generation.tokens.isEmpty else { return }
        guard let version = generation.version ?? expected else {
            throw WhetError("the server does not say which policy version sampled", at: request.id)
        }
        if let expected, version != expected {
            throw WhetError("the server answered with policy version \(version), not \(expected)", at: request.id)
        }
        let policy = TokenSpan.Policy(
            behaviorLogProbabilities: generation.logProbabilities, version: version, sampling: request.sampling,
            requestID: request.id, server: generation.server ?? server)
        spans.append(TokenSpan(.policy(policy), tokens: generation.tokens))
        times.append(startedAt...max(startedAt, Date().timeIntervalSince1970))
    }
}
