import Foundation
import Synchronization
import Testing
import WhetCore
import WhetEnvironments

@testable import WhetInference
@testable import WhetRollouts

/// A server whose policy is known: each token's log-probability follows from the one before it.
private final class KnownServer: InferenceServer {
    let name = "known"
    let capabilities = InferenceCapabilities.sglang
    private let vocabulary: Int32 = 300
    private let draws: Mutex<RandomStream>

    init(seed: UInt64) { draws = Mutex(RandomStream(seed: seed, purpose: "known server")) }

    /// Of `token` after `before`; weights of 1 to 8, which repeat every 8 tokens.
    static func logProbability(_ token: Int32, after before: Int32) -> Float {
        Float(((token &+ before &* 3) & 7) + 1) * -0.125
    }

    func generate(_ request: GenerationRequest) async throws -> Generation {
        let (count, isCut) = draws.withLock { (Int.random(in: 1...6, using: &$0), Bool.random(using: &$0)) }
        let allowed = min(count, request.sampling.maximumNewTokens)
        var tokens = draws.withLock { draws in
            (0..<allowed).map { _ in Int32(Int.random(in: 0..<Int(vocabulary), using: &draws)) }
        }
        let finish: FinishReason =
            isCut ? .abort : allowed < count || allowed == request.sampling.maximumNewTokens ? .length : .stop
        if finish == .abort {
            tokens = Array(tokens.prefix(draws.withLock { Int.random(in: 0...tokens.count, using: &$0) }))
        }
        var before = request.tokens.last ?? 0
        let logProbabilities = tokens.map { token in
            defer { before = token }
            return Self.logProbability(token, after: before)
        }
        return try Generation(
            tokens: tokens, logProbabilities: logProbabilities, finish: finish, version: .initial, promptTokens: 0,
            cachedTokens: 0, request: request, vocabularySize: nil)
    }

    func abort(requestID: String) async throws {}
    func health() async throws {}
    func policyVersion() async throws -> PolicyVersion? { .initial }
    func publish(directory: URL, version: PolicyVersion) async throws {}
}

@Suite("Tokens and their log-probabilities")
struct KnownDistributionTests {
    @Test(
        "stand at the same places, however often a rollout is cut and goes on (6)", arguments: 0..<40 as Range<UInt64>)
    func areAligned(seed: UInt64) async throws {
        let player = EpisodePlayer(
            server: KnownServer(seed: seed), environments: { _ in TwoTurns() }, format: try Fixtures.format(),
            run: "test")
        let limits = EpisodeLimits(sampling: SamplingParameters(maximumNewTokens: 40), maximumTurns: 4)
        let plan = try Fixtures.plans(1, size: 1)[0]
        var rollout = try await player.play(plan, limits: limits, version: .initial)
        while rollout.status == .aborted {
            rollout = try await player.play(Episode(plan: plan, resuming: rollout), limits: limits, version: .initial)
        }
        #expect(rollout.score != nil, "\(rollout.reason ?? "")")
        let tokens = rollout.trajectory.tokens
        let expected = zip(rollout.trajectory.policyMask, tokens.indices).map { isPolicy, place in
            isPolicy ? KnownServer.logProbability(tokens[place], after: tokens[place - 1]) : 0
        }
        #expect(rollout.trajectory.behaviorLogProbabilities == expected)
    }
}
