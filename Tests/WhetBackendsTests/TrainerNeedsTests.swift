import Testing
import WhetAlgorithms
import WhetCore

@testable import WhetBackends

@Suite("What a recipe asks of its trainer")
struct TrainerNeedsTests {
    private static func refusal(
        _ capabilities: TrainerCapabilities, _ change: (inout TrainerNeeds) -> Void
    ) -> WhetError? {
        var needs = TrainerNeeds(losses: [LossDescription(.init("ppo_clip"))])
        change(&needs)
        return capabilities.refusal(of: needs)
    }

    @Test("what every trainer of whet's can do is refused by none")
    func plain() {
        for capabilities in TrainerCapabilities.known { #expect(Self.refusal(capabilities) { _ in } == nil) }
    }

    @Test("adapters are torch's and tinker's")
    func adapters() {
        let error = Self.refusal(.embedded) { $0.weights = .lora }
        #expect(error?.problem == "the trainer embedded trains no adapters")
        #expect(error?.place == "trainer.lora")
        #expect(error?.remedy?.contains("trainer: torch or tinker") == true)
    }

    @Test("a temperature, an entropy bonus")
    func tinker() {
        let warm = Self.refusal(.tinker) { $0.temperatures = [0.7] }
        #expect(warm?.place == "rollout.temperature")
        #expect(warm?.remedy == "rollout.temperature: 1; or trainer: embedded or torch, which can")
        #expect(Self.refusal(.tinker) { $0.losses[0].entropyBonus = 0.1 }?.place == "algorithm.entropy_bonus")
    }

    @Test("objective, aggregation, components, KL and clipping of a small trainer")
    func small() {
        var small = TrainerCapabilities(name: "command", aggregations: ["token-mean"])
        small.objectives = ["policy_gradient", "cross_entropy"]
        small.klEstimators = ["k1"]
        let objective = Self.refusal(small) { _ in }
        #expect(objective?.problem == "the trainer command does not compute the objective ppo_clip")
        #expect(objective?.expected == "one of cross_entropy, policy_gradient")
        #expect(objective?.remedy == "trainer: embedded or torch or tinker, which can")
        func refusal(_ change: (inout TrainerNeeds) -> Void) -> String? {
            Self.refusal(small) {
                $0.losses[0].objective.name = "policy_gradient"
                change(&$0)
            }?.place
        }
        #expect(refusal { _ in } == nil)
        #expect(refusal { $0.losses[0].aggregation = .tokenSum } == "algorithm.aggregation")
        #expect(refusal { $0.clipsGradients = true } == "trainer.max_gradient_norm")
        #expect(refusal { $0.precision = "bf16" } == "policy.precision")
        #expect(refusal { $0.publications = [.adapter] } == "inference.kind")
        #expect(
            refusal { $0.losses[0].kl = LossDescription.KL(estimator: "k3", coefficient: 1) }
                == "algorithm.kl_estimator")
    }
}
