import Foundation
import Testing
import WhetBackends
import WhetCore

@testable import WhetAlgorithms
@testable import WhetEngine

/// The gradient that the backend finds for each loss, against differences of the loss between models that lie apart.
///
/// A direction moves every parameter at once, so a mistake anywhere shows. Where an objective holds something constant
/// in its gradient, the loss that is differenced is `LossReference`'s, with that part frozen where the gradient was
/// taken.
///
/// Tolerances: fp32 log-probabilities of some −4 are off by about 1e-6, a mean of 80 of them by less. Differences are
/// taken over 0.01 along the gradient, and over 0.3 (of a parameter vector of norm 20) along random directions, so
/// noise is below 1e-4 and 1e-5, and Richardson's extrapolation leaves errors of fourth order. Slopes are compared
/// within 2e-3 of the gradient's norm along the gradient, and along random directions within 2 % of the size that a
/// slope has there, norm / √parameters, plus 1e-4. One part in a hundred too much in a slope is found.
@Suite("Gradients of every objective through the model")
struct ObjectiveGradientTests {
    /// One loss and where its reference comes from.
    struct Case: Sendable, CustomTestStringConvertible {
        var objective: String
        var settings: JSONObject = [:]
        var aggregation = Aggregation.tokenMean
        var divergence: KLEstimator?
        var entropyBonus = 0.0

        var testDescription: String {
            let parts = [
                objective, aggregation.rawValue, divergence.map { "kl \($0.rawValue)" },
                entropyBonus > 0 ? "entropy" : nil,
            ]
            return parts.compactMap { $0 }.joined(separator: ", ")
        }

        var loss: LossFunction {
            get throws {
                LossFunction(
                    objective: try ObjectiveCatalog.named(objective, settings: settings), aggregation: aggregation,
                    entropyBonus: entropyBonus, klPenalty: divergence.map { KLPenalty($0, coefficient: 0.3) })
            }
        }

        /// Whether the reported loss is what the gradient is the slope of: nothing is held constant in it.
        var isPlain: Bool {
            ["ppo_clip", "sapo", "gmpo", "policy_gradient", "cross_entropy"].contains(objective)
                && !(divergence?.rawValue.hasSuffix("+") ?? false)
        }
    }

    /// Bounds that a batch of small numbers of tokens has on both sides.
    static let settings: [String: JSONObject] = [
        "gspo": ["clip_low": 0.2, "clip_high": 0.2],
        "dppo_tv": ["divergence_low": 0.01, "divergence_high": 0.01, "truncation": 2],
        "dppo_kl": ["divergence_low": 0.002, "divergence_high": 0.002, "truncation": 2],
    ]

    static let cases: [Case] =
        ObjectiveCatalog.names.map { Case(objective: $0, settings: settings[$0] ?? [:]) }
        + Aggregation.allCases.flatMap { aggregation in
            ["ppo_clip", "gspo"].map { Case(objective: $0, settings: settings[$0] ?? [:], aggregation: aggregation) }
        }
        + KLEstimator.allCases.map { Case(objective: "ppo_clip", divergence: $0) }
        + Aggregation.allCases.map { Case(objective: "policy_gradient", aggregation: $0, entropyBonus: 0.4) }
        + [Case(objective: "sapo", aggregation: .sequenceMeanTokenMean, divergence: .k3, entropyBonus: 0.2)]

    @Test("no objective is without a reference of its own")
    func everyObjective() { #expect(Set(LossReference.byName.keys) == Set(ObjectiveCatalog.names)) }

    @Test("the gradient is the slope of the loss", arguments: cases)
    func slopes(_ sample: Case) async throws {
        let ground = try await GradientGround(components: [nil])
        let loss = try sample.loss
        let (gradient, report) = try await ground.gradient(loss)
        let averaged = loss.aggregation.rawValue
        #expect(averaged == (sample.objective == "gmpo" ? "seq-mean-token-mean" : sample.aggregation.rawValue))

        let objective = try #require(LossReference.byName[sample.objective])
        func reference(_ model: Model) async throws -> Double {
            try await ground.value(of: model) { tokens, counts, sequence, longest in
                let share = LossReference.share(averaged, counts, sequence: sequence, longest: longest)
                return zip(objective.losses(tokens), tokens).reduce(0) { sum, pair in
                    let divergence = sample.divergence.map { 0.3 * LossReference.divergence($0.rawValue, pair.1) } ?? 0
                    return sum + share * (pair.1.weight * pair.0 + divergence)
                }
            }
        }
        if sample.isPlain {
            try await ground.expect(gradient, toBeTheSlopeOf: { try await ground.report($0, loss).loss })
        }
        if sample.entropyBonus == 0 {
            try await ground.expect(gradient, toBeTheSlopeOf: reference)
            if sample.objective != "reverse_kl", sample.isPlain || sample.divergence == nil {
                let value = try await reference(ground.model)
                #expect(abs(report.loss - value) < 1e-9 * max(1, abs(value)), "the loss itself")
            }
        }
    }

    @Test("a sequence's vote multiplies all of its loss, penalties included")
    func votes() async throws {
        let ground = try await GradientGround(components: [nil])
        let loss = LossFunction(
            objective: try ObjectiveCatalog.named("ppo_clip", settings: [:]), aggregation: .tokenSum, entropyBonus: 0.4,
            klPenalty: KLPenalty(.k3, coefficient: 0.3))
        func value(vote: Double) async throws -> Double {
            let batch = TrainingBatch(id: "one", sequences: [ground.batch.sequences[0].with(vote: vote)])
            return try await ground.backend(ground.model).forwardBackward(batch, loss: loss).loss
        }
        let once = try await value(vote: 1)
        #expect(abs(try await value(vote: 3) - 3 * once) < 1e-9 * abs(once))
    }

    @Test("a batch of three components, cut into micro-batches, is the sum of each by itself", arguments: [4096, 40, 1])
    func components(microBatchTokens: Int) async throws {
        let ground = try await GradientGround(
            components: [nil, "cross_entropy", nil, "reverse_kl"], microBatchTokens: microBatchTokens)
        let algorithm = try Algorithm.named(
            "grpo", settings: [
                "cross_entropy_weight": 0.5, "reverse_kl_weight": 0.25, "entropy_bonus": 0.1, "kl_coefficient": 0.3,
                "aggregation": "seq-mean-token-mean",
            ])
        let loss = algorithm.loss
        let (gradient, report) = try await ground.gradient(loss)
        let tokens = ground.batch.sequences.map { $0.mask.count { $0 } }
        #expect(report.tokens == tokens.reduce(0, +))

        // Each by itself, under the loss that a recipe without the others would have.
        var parts: [(gradient: [Float], report: LossReport)] = []
        for (component, alone) in [
            (nil, LossFunction(
                objective: PPOClip(), aggregation: .sequenceMeanTokenMean, entropyBonus: 0.1,
                klPenalty: KLPenalty(.k3, coefficient: 0.3))),
            ("cross_entropy", LossFunction(objective: CrossEntropy())),
            ("reverse_kl", LossFunction(objective: ReverseKL())),
        ] as [(String?, LossFunction)] {
            parts.append(try await ground.gradient(alone, only: component))
        }
        let weights: [Float] = [1, 0.5, 0.25]
        let scale = gradient.map(abs).max() ?? 0
        for place in gradient.indices {
            let sum = zip(parts, weights).reduce(Float(0)) { $0 + $1.0.gradient[place] * $1.1 }
            #expect(abs(gradient[place] - sum) <= 2e-6 * scale)
        }
        let sum = zip(parts, weights).reduce(0) { $0 + $1.0.report.loss * Double($1.1) }
        #expect(abs(report.loss - sum) < 1e-9)

        #expect(
            Set(parts[0].report.metrics.keys)
                == [
                    "clip_fraction", "clip_fraction_lower", "ratio", "reference_kl", "entropy", "behavior_kl",
                    "log_probability_difference",
                ])
        // The objective's numbers have their own names; a component's begin with its own.
        for name in parts[0].report.metrics.keys {
            let alone = try #require(parts[0].report.metrics[name], "\(name)")
            let mixed = try #require(report.metrics[name], "\(name)")
            #expect(abs(mixed - alone) < 1e-9, "\(name)")
        }
        for (number, component) in ["cross_entropy", "reverse_kl"].enumerated() {
            let alone = parts[number + 1].report
            #expect(report.metrics["\(component)/tokens"] == Double(alone.tokens))
            let mixed = try #require(report.metrics["\(component)/loss"])
            #expect(abs(mixed - alone.loss * Double(weights[number + 1])) < 1e-9)
            let entropy = try #require(alone.metrics["entropy"])
            #expect(abs(report.metrics["\(component)/entropy", default: 0] - entropy) < 1e-9)
        }
        #expect(report.metrics["reverse_kl/reference_kl"] != nil)
        #expect(report.metrics["cross_entropy/clip_fraction"] == nil)

        // And against differences, with what each holds constant frozen.
        try await ground.expect(gradient, toBeTheSlopeOf: { model in
            let policy = try await ground.report(model, loss, only: .some(nil)).loss
            let rest = try await ground.value(of: model) { tokens, _, sequence, _ in
                let component = ground.batch.sequences[sequence].component
                guard let component, let own = LossReference.byName[component] else { return 0 }
                let count = ground.count(of: component)
                let weight = component == "cross_entropy" ? 0.5 : 0.25
                return zip(own.losses(tokens), tokens).reduce(0) { $0 + weight / Double(count) * $1.1.weight * $1.0 }
            }
            return policy + rest
        })
    }

    @Test("a sequence that the loss cannot evaluate is refused before any work")
    func refuses() async throws {
        let ground = try await GradientGround(components: [nil, "cross_entropy"])
        let bare = ground.batch.sequences.map { $0.with(reference: nil) }
        let backend = ground.backend(ground.model)
        let kl = LossFunction(objective: PPOClip(), klPenalty: KLPenalty(.k3, coefficient: 0.1))
        func refused(_ sequences: [TrainingSequence], _ loss: LossFunction) async -> WhetError? {
            await #expect(throws: WhetError.self) {
                try await backend.forwardBackward(TrainingBatch(id: "b", sequences: sequences), loss: loss)
            }
        }
        let missing = await refused([bare[0]], kl)
        #expect(missing?.place == "sequence 0 of batch b" && missing?.problem.contains("reference") == true)
        _ = await refused([bare[0]], LossFunction(objective: ReverseKL()))

        var named = LossFunction(objective: PPOClip())
        let unknown = await refused(ground.batch.sequences, named)
        #expect(unknown?.place == "sequence 1 of batch b")
        named.components = ["cross_entropi": LossComponent(objective: CrossEntropy())]
        #expect(await refused(ground.batch.sequences, named)?.suggestion == "cross_entropi")
        #expect(await backend.gradients.allSatisfy { $0 == 0 })

        // A demonstration needs no reference beside a KL penalty, nor does what trains nothing.
        var mixed = kl
        mixed.components = ["cross_entropy": LossComponent(objective: CrossEntropy())]
        let nothing = TrainingSequence(
            tokens: [1, 2], mask: [false, false], advantages: [0, 0], weights: [1, 1], behaviorLogProbabilities: [0, 0])
        let fine = TrainingBatch(id: "b", sequences: [ground.batch.sequences[0], bare[1], nothing])
        #expect(try await backend.forwardBackward(fine, loss: mixed).tokens > 0)
    }
}
