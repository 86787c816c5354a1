import Foundation
import WhetAlgorithms
import WhetBackends
import WhetCore
import WhetHTTP
import WhetTestSupport
import WhetTinker

extension TinkerConnection.Settings {
    /// Retries that take no time worth mentioning.
    static let quick = TinkerConnection.Settings(
        retry: RetryPolicy(maximumTries: 6, firstDelay: .milliseconds(1), maximumDelay: .milliseconds(2)))
}

extension CannedTinker.Settings {
    /// As SkyRL 0.3.0 with its JAX backend was seen to behave.
    static var skyRL: CannedTinker.Settings {
        var settings = CannedTinker.Settings()
        (settings.dividesByWeights, settings.dividesBySequences) = (true, true)
        (settings.clipsGradients, settings.recognizesRepeats, settings.loadsFirst) = (false, false, false)
        return settings
    }
}

extension CannedTinker {
    /// A backend of this service.
    func backend(
        client: HTTPClient, requestTokens: Int = 32_768, clipNorm: Double? = nil, traits: TinkerTraits? = nil
    ) async throws -> TinkerBackend {
        try await TinkerBackend.connect(
            TinkerBackend.Settings(
                url: url, rank: 4, optimizer: TinkerOptimizer(clipNorm: clipNorm), requestTokens: requestTokens,
                vocabularySize: 24, connection: .quick, traits: traits),
            client: client)
    }
}

/// Sequences of ids below 24, three prompt tokens each, with behavior log-probabilities near −1.
func sequences(_ count: Int = 6, seed: UInt64 = 1) -> [TrainingSequence] {
    var random = RandomStream(seed: seed, purpose: "tinker tests")
    return (0..<count).map { index in
        let length = Int.random(in: 5...20, using: &random)
        return TrainingSequence(
            tokens: (0..<length).map { _ in Int32.random(in: 0..<24, using: &random) },
            mask: (0..<length).map { $0 >= 3 },
            advantages: (0..<length).map { $0 >= 3 ? Float(index % 2 == 0 ? 1.5 : -0.5) : 0 },
            weights: [Float](repeating: 1, count: length),
            behaviorLogProbabilities: (0..<length).map { $0 >= 3 ? Float.random(in: -4 ... -2, using: &random) : 0 })
    }
}

func batch(_ id: String, _ sequences: [TrainingSequence] = sequences()) -> TrainingBatch {
    TrainingBatch(id: id, sequences: sequences)
}

/// PPO's loss without a dual clip, which the API has too, or with one, which it has not.
func ppo(dualClip: Double? = nil) throws -> LossFunction {
    try LossFunction(
        LossDescription(.init("ppo_clip", settings: ["dual_clip": dualClip.map(JSONValue.number) ?? .null])))
}
