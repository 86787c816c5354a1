import Testing
import WhetCore

@testable import WhetAlgorithms

@Suite("A loss in words")
struct LossDescriptionTests {
    @Test("of every algorithm's loss makes the same loss again", arguments: AlgorithmCatalog.names)
    func roundTrip(name: String) throws {
        let settings: JSONObject = ["cross_entropy_weight": 0.5, "kl_coefficient": 0.01, "normalization_length": 64]
        let loss = try Algorithm.named(name, settings: settings).loss
        let again = try LossFunction(loss.description)
        #expect(again.description == loss.description)
        let sequence = ObjectiveSequence(
            logProbabilities: [-1, -2, -0.5], behaviorLogProbabilities: [-1.5, -1, -0.5], advantages: [1, -1, 0.5],
            mask: [true, true, false], referenceLogProbabilities: [-1, -1, -1])
        let shares = loss.shares(masks: [sequence.mask])[0]
        let (one, two) = (loss.evaluate(sequence, shares: shares), again.evaluate(sequence, shares: shares))
        #expect(one.loss == two.loss && one.gradient == two.gradient)
    }

    @Test("is the object of docs/trainers.md")
    func json() throws {
        var description = LossDescription(
            .init("ppo_clip", settings: ["clip_high": .null]), aggregation: .sequenceMeanTokenSumNorm,
            normalizationLength: 4096, entropyBonus: 0.25, kl: .init(estimator: "k3", coefficient: 0.5))
        description.components = [.init(name: "imitation", objective: .init("cross_entropy"), weight: 0.5)]
        let imitation: JSONValue = [
            "name": "imitation", "objective": "cross_entropy", "settings": [:], "aggregation": "token-mean",
            "weight": 0.5,
        ]
        let expected: JSONValue = [
            "objective": "ppo_clip", "settings": ["clip_high": nil], "aggregation": "seq-mean-token-sum-norm",
            "normalization_length": 4096, "entropy_bonus": 0.25, "kl": ["estimator": "k3", "coefficient": 0.5],
            "components": .array([imitation]),
        ]
        #expect(description.json == expected)
    }

    @Test("of what there is not is refused")
    func unknown() {
        #expect(throws: WhetError.self) { try LossFunction(LossDescription(.init("ppo_clap"))) }
        #expect(throws: WhetError.self) { try LossFunction(LossDescription(.init("ppo_clip", settings: ["clip": 1]))) }
        #expect(throws: WhetError.self) {
            try LossFunction(LossDescription(.init("ppo_clip"), kl: .init(estimator: "k9", coefficient: 1)))
        }
    }
}
