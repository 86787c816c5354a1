import Testing
import WhetCore

@testable import WhetAlgorithms

@Suite("The peers' numbers")
struct PeerAgreementTests {
    /// Of a kind that has no test below, no case would be compared with anything.
    @Test("no case is left out")
    func everyKindIsTested() throws {
        let counts = Dictionary(grouping: try Fixtures.cases(), by: \.kind).mapValues(\.count)
        let tested = ["advantage": 41, "objective": 19, "kl": 6, "spo": 4, "aspo": 4]
        let list = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        print("algorithms.json:", list.joined(separator: ", "))
        #expect(Set(counts.keys) == Set(tested.keys))
        for (kind, count) in tested { #expect(counts[kind, default: 0] >= count, "\(kind)") }
    }

    @Test("advantages", arguments: try Fixtures.cases(of: "advantage"))
    func advantages(_ sample: PeerCase) throws {
        let estimator = try AlgorithmCatalog.estimator(sample.text("algorithm"), settings: sample.parameters())
        let expected = try #require(sample.expected["advantages"]?.matrix)
        let rollouts = try sample.rollouts
        let advantages = try estimator.advantages(for: rollouts)
        #expect(advantages.agree(with: expected, within: sample.tolerance))
        if let returns = sample.expected["returns"]?.matrix {
            let critic = try #require(estimator as? GeneralizedAdvantageEstimator)
            #expect(try critic.returns(for: rollouts).agree(with: returns, within: sample.tolerance))
        }
    }

    @Test("objectives and their gradients", arguments: try Fixtures.cases(of: "objective"))
    func objectives(_ sample: PeerCase) throws {
        let objective = try ObjectiveCatalog.named(
            sample.text("objective"), settings: sample.parameters(without: ["aggregation"]))
        let name = try #require(sample.parameters()["aggregation"]?.string)
        let loss = LossFunction(objective: objective, aggregation: try #require(Aggregation(rawValue: name)))
        let masks = try sample.masks
        let logProbabilities = try sample.matrix("logprobs"), behavior = try sample.matrix("behavior_logprobs")
        let advantages = try sample.matrix("advantages"), weights = sample.json["weights"]?.matrix
        let shares = loss.shares(masks: masks)
        let results = masks.indices.map { index in
            loss.evaluate(
                ObjectiveSequence(
                    logProbabilities: logProbabilities[index], behaviorLogProbabilities: behavior[index],
                    advantages: advantages[index], mask: masks[index]),
                shares: shares[index], weights: weights?[index])
        }
        let expectedLoss = try #require(sample.expected["loss"]?.double)
        #expect(abs(results.reduce(0) { $0 + $1.loss } - expectedLoss) <= sample.tolerance * max(1, abs(expectedLoss)))
        let gradient = try #require(sample.expected["gradient"]?.matrix)
        #expect(results.map(\.gradient).agree(with: gradient, within: sample.tolerance))
        if let fraction = sample.expected["clip_fraction"]?.double {
            let tokens = masks.reduce(0) { $0 + $1.count { $0 } }
            let clipped = results.reduce(0) { $0 + ($1.sums["clip_fraction"] ?? 0) }
            #expect(abs(clipped / Double(tokens) - fraction) <= sample.tolerance)
        }
    }

    @Test("estimates of the KL divergence", arguments: try Fixtures.cases(of: "kl"))
    func divergences(_ sample: PeerCase) throws {
        let estimator = try #require(KLEstimator(rawValue: sample.text("estimator")))
        let estimates = zip(try sample.matrix("logprobs"), try sample.matrix("reference_logprobs")).map {
            zip($0, $1).map { estimator.estimate($0, reference: $1) }
        }
        let values = try #require(sample.expected["kl"]?.matrix)
        let slopes = try #require(sample.expected["gradient"]?.matrix)
        #expect(estimates.map { $0.map(\.value) }.agree(with: values, within: sample.tolerance))
        #expect(estimates.map { $0.map(\.slope) }.agree(with: slopes, within: sample.tolerance))
    }

    @Test("SPO, step by step", arguments: try Fixtures.cases(of: "spo"))
    func singlePrompts(_ sample: PeerCase) throws {
        let estimator = try SinglePromptEstimator(settings: sample.parameters())
        var tracker = try BetaTracker(parameters: estimator.tracking)
        for (prompt, start) in try #require(sample.json["initial"]?.array).enumerated() where !start.isNull {
            tracker.start(
                "\(prompt)", successes: try #require(start["successes"]?.integer),
                failures: try #require(start["failures"]?.integer))
        }
        let count = try #require(sample.json["prompts"]?.integer)
        for step in try #require(sample.json["steps"]?.array) {
            let batch = try #require(step["batch"]?.array)
            let prompts = try batch.map { "\(try #require($0["prompt"]?.integer))" }
            let rewards = try batch.map { try #require($0["reward"]?.double) }
            let expected = step["expected"] ?? .null
            func expect(_ numbers: [Double], _ key: String) throws {
                let row = try #require(expected[key]?.row)
                #expect(numbers.agrees(with: row, within: sample.tolerance), "\(key)")
            }

            let values = prompts.map { tracker.value(of: $0) }
            try expect(values, "values_before")
            let rollouts = zip(rewards, values).enumerated().map { index, pair in
                ScoredRollout(group: GroupID(index), reward: pair.0, policyMask: [true], baseline: pair.1)
            }
            try expect(try estimator.advantages(for: rollouts).map { $0[0] }, "advantages")
            try expect(batch.map { tracker.rho(divergence: $0["divergence"]?.double) }, "rho")
            for (index, prompt) in prompts.enumerated() {
                tracker.observe(rewards[index], prompt: prompt, divergence: batch[index]["divergence"]?.double)
            }
            let beliefs = prompts.map { [tracker.belief(of: $0).alpha, tracker.belief(of: $0).beta] }
            let after = try #require(expected["alpha_beta_after"]?.matrix)
            #expect(beliefs.agree(with: after, within: sample.tolerance))
            try expect((0..<count).map { tracker.samplingWeight(of: "\($0)") }, "sampling_weights_after")
        }
    }

    @Test("ASPO's shaping", arguments: try Fixtures.cases(of: "aspo"))
    func toolCalls(_ sample: PeerCase) throws {
        let shaping = try ToolCallShaping(settings: sample.parameters())
        let correct = try #require(sample.json["correct"]?.array).map { $0.bool == true }
        let calls = try #require(sample.json["first_call"]?.array).map(\.integer)
        let lengths = try sample.row("lengths")
        let rollouts = correct.indices.map { index in
            ScoredRollout(
                group: GroupID(0), reward: 0, policyMask: [Bool](repeating: true, count: Int(lengths[index])),
                isCorrect: correct[index], firstToolCall: calls[index])
        }
        let base = try sample.row("base_advantages").map { RolloutCredit.uniform($0) }
        let shaped = try shaping.shaped(base, of: rollouts).map { $0.mean(over: [true]) }
        #expect(shaped.agrees(with: try #require(sample.expected["advantages"]?.row), within: sample.tolerance))
    }
}
