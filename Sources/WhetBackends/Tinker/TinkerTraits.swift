import WhetCore
import WhetTinker

/// What the API leaves open, and services do differently.
///
/// The API says that losses are summed, a request is recognized by its number, and gradients are clipped. SkyRL's JAX
/// backend (0.3.0, and its newest source) divides each sequence by the sum of its weights and the gradient by the number
/// of sequences; no SkyRL clips by request; 0.3.0 carries out a repeated request again.
public struct TinkerTraits: Hashable, Sendable {
    /// Each sequence's loss is divided by the sum of its weights.
    public var dividesByWeights: Bool
    /// The gradient is divided by the number of sequences that it is of.
    public var dividesBySequences: Bool
    /// Whether `grad_clip_norm` is honored.
    public var clipsGradients: Bool
    /// Whether a request with a number that came before is not carried out again.
    public var recognizesRepeats: Bool
    /// The loss functions that are there, of those that whet would use; cross entropy always is.
    public var losses: Set<String>

    /// As the API is documented.
    public init(
        dividesByWeights: Bool = false, dividesBySequences: Bool = false, clipsGradients: Bool = true,
        recognizesRepeats: Bool = true, losses: Set<String> = ["importance_sampling", "ppo"]
    ) {
        self.dividesByWeights = dividesByWeights
        self.dividesBySequences = dividesBySequences
        self.clipsGradients = clipsGradients
        self.recognizesRepeats = recognizesRepeats
        self.losses = losses
    }

    /// The loss functions that do what they are documented to do.
    func has(_ loss: TinkerLoss) -> Bool {
        guard !dividesByWeights, !dividesBySequences else { return false }
        return loss == .crossEntropy || losses.contains(loss.name)
    }

    /// What the slopes of any loss are sent under.
    var linear: TinkerLoss { dividesByWeights ? .importanceSampling : .crossEntropy }
}

extension TinkerTraits {
    /// Finds them out on a model of its own, which is unloaded afterwards: a few passes over one short sequence, three
    /// steps.
    ///
    /// A norm that the service does not tell leaves it at sums, as documented. Where an answer is lost, another model is
    /// asked: nothing hangs on the one before.
    static func probe(_ session: TinkerSession, baseModel: String, rank: Int) async throws -> TinkerTraits {
        for _ in 0..<2 {
            do { return try await probeOnce(session, baseModel: baseModel, rank: rank) } catch is TinkerLostAnswer {}
        }
        return try await probeOnce(session, baseModel: baseModel, rank: rank)
    }

    private static func probeOnce(
        _ session: TinkerSession, baseModel: String, rank: Int
    ) async throws -> TinkerTraits {
        // Nothing is repeated while it is not known what comes of that.
        var traits = TinkerTraits(recognizesRepeats: false, losses: [])
        let model = try await TinkerModel.create(
            in: session, baseModel: baseModel, rank: rank, seed: 0, traits: traits)
        do {
            try await traits.fill(model)
        } catch {
            await model.unload()
            throw error
        }
        await model.unload()
        return traits
    }

    private mutating func fill(_ model: TinkerModel) async throws {
        let limits = TinkerLimits(requestTokens: .max, requestsInFlight: 1)
        var one = TinkerDatum([1, 2, 3, 4, 1, 3, 2, 4])
        one.weights = [Float](repeating: 1, count: one.count)
        var two = one
        two.weights = [Float](repeating: 2, count: one.count)

        recognizesRepeats = try await model.recognizesRepeats(one)
        let before = try await model.forward([one], limits)
        var priced = one
        priced.advantages = one.weights
        priced.logProbabilities = before[0]
        for loss in [TinkerLoss.importanceSampling, TinkerLoss.exactPPO] where try await model.has(loss, priced) {
            losses.insert(loss.name)
        }

        // Without a learning rate nothing moves, and the norm is told.
        _ = try await model.forwardBackward(.crossEntropy, [one], limits)
        let single = try await model.step(TinkerOptimizer(), learningRate: 0)
        _ = try await model.forwardBackward(.crossEntropy, [two, one], limits)
        let double = try await model.step(TinkerOptimizer(), learningRate: 0)
        if let single, let double, single > 0 {
            // Sums: 3 times as much. Divided by weights: 2. Divided by sequences: 3 / 2. By both: 1.
            let ratio = double / single
            (dividesByWeights, dividesBySequences) =
                ratio > 2.5 ? (false, false) : ratio > 1.75 ? (true, false) : ratio > 1.25 ? (false, true) : (true, true)
        }
        _ = try await model.forwardBackward(.crossEntropy, [one], limits)
        // Without memory, and with so large an epsilon, the step is as large as the gradient: a clipped one is far too
        // small to see.
        _ = try await model.step(TinkerOptimizer(beta1: 0, beta2: 0, epsilon: 1, clipNorm: 1e-9), learningRate: 1)
        // A step that was not clipped may leave no finite number.
        let after = try? await model.forward([one], limits)
        clipsGradients = after.map { zip(before[0], $0[0]).allSatisfy { abs($0 - $1) < 1e-3 } } ?? false
    }
}

extension TinkerLoss {
    fileprivate static let exactPPO = TinkerLoss(
        name: "ppo", settings: ["clip_low_threshold": 0.8, "clip_high_threshold": 1.2], carrier: .advantages)
}
