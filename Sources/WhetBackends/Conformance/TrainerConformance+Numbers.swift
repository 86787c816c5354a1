import WhetAlgorithms
import WhetCore

/// What is computed: log-probabilities, losses and steps beside those of the standard.
extension TrainerConformance {
    static func numbers(of capabilities: TrainerCapabilities) -> [Check] {
        var checks = [Check(name: "log_probabilities", body: logProbabilities)]
        for objective in capabilities.objectives.sorted() {
            checks.append(
                Check(name: "objective_\(objective)", needsStandard: true) { ground, _ in
                    try await step(under: LossDescription(.init(objective)), ground)
                })
        }
        let plain = LossDescription(
            .init(capabilities.objectives.contains("ppo_clip") ? "ppo_clip" : "policy_gradient"))
        for aggregation in Aggregation.allCases where capabilities.aggregations.contains(aggregation.rawValue) {
            checks.append(
                Check(name: "aggregation_\(aggregation.rawValue)", needsStandard: true) { ground, _ in
                    var loss = plain
                    loss.aggregation = aggregation
                    return try await losses(under: loss, ground)
                })
        }
        for estimator in capabilities.klEstimators.sorted() {
            checks.append(
                Check(name: "kl_\(estimator)", needsStandard: true) { ground, _ in
                    var loss = plain
                    loss.kl = .init(estimator: estimator, coefficient: 0.3)
                    return try await losses(under: loss, ground)
                })
        }
        if capabilities.entropyBonus {
            checks.append(
                Check(name: "entropy_bonus", needsStandard: true) { ground, _ in
                    var loss = plain
                    loss.entropyBonus = 0.1
                    return try await step(under: loss, ground)
                })
        }
        if capabilities.components {
            checks.append(
                Check(name: "components", needsStandard: true) { ground, _ in
                    var loss = plain
                    loss.components = [.init(name: "cross_entropy", objective: .init("cross_entropy"), weight: 0.5)]
                    return try await step(under: loss, ground, imitating: 2...4)
                })
        }
        checks.append(Check(name: "five_steps", needsStandard: true, body: fiveSteps))
        return checks
    }

    /// A short training: where the optimizer's moments lead.
    private static func fiveSteps(_ ground: ConformanceGround, _: Maker) async throws -> String {
        guard let standard = ground.standard else { return "" }
        try await ground.rewind()
        let known = ground.trainer.capabilities.objectives
        let loss = try LossFunction(LossDescription(.init(known.contains("ppo_clip") ? "ppo_clip" : "policy_gradient")))
        let right = try await ground.now(standard)
        for step in 0..<5 {
            let batch = ground.batch("of five, \(step)", step % 2 == 0 ? 0..<4 : 4..<7)
            try await ground.step(ground.trainer, batch, loss)
            try await ground.step(standard, batch, loss)
        }
        let moves = (
            try await zip(ground.now(ground.trainer), ground.before.flatMap(\.self)).map { $0 - $1 },
            try await zip(ground.now(standard), right).map { $0 - $1 }
        )
        let cosine = try Comparison(moves.0, moves.1).cosine
        try expect(
            cosine > (ground.trainsSameWeights ? 0.99 : 0), "the steps lead elsewhere (cosine \(cosine.fixed(4)))")
        return "cosine \(cosine.fixed(4))"
    }

    private static func logProbabilities(_ ground: ConformanceGround, _: Maker) async throws -> String {
        for (sequence, found) in zip(ground.sequences, ground.before) {
            try expect(found.count == sequence.tokens.count, "\(found.count) for \(sequence.tokens.count) tokens")
            try expect(found.first == 0, "the first token's is \(found.first ?? .nan), and nothing predicts it")
            try expect(
                found.dropFirst().allSatisfy { $0.isFinite && $0 <= 0 }, "some are above 0, or not finite")
        }
        try expect(try await ground.trainer.logProbabilities(of: []).isEmpty, "something was returned for nothing")
        guard let standard = ground.standard else { return "finite, below 0" }
        let right = try await standard.logProbabilities(of: ground.sequences)
        let largest = try Comparison(ground.before.flatMap(\.self), right.flatMap(\.self)).largest
        try expect(largest <= ground.settings.tolerance, "they differ by \(largest.brief)")
        return "differ by at most \(largest.brief)"
    }

    /// The losses of one batch.
    private static func losses(under description: LossDescription, _ ground: ConformanceGround) async throws -> String {
        try await ground.rewind()
        let batch = ground.batch("\(description.aggregation.rawValue) \(description.kl?.estimator ?? "")")
        return try await compare(batch, try LossFunction(description), ground)
    }

    private static func compare(
        _ batch: TrainingBatch, _ loss: LossFunction, _ ground: ConformanceGround
    ) async throws -> String {
        guard let standard = ground.standard else { return "" }
        let found = try await ground.trainer.forwardBackward(batch, loss: loss)
        let right = try await standard.forwardBackward(batch, loss: loss)
        let far = abs(found.loss - right.loss) / max(1, abs(right.loss))
        try expect(far <= ground.settings.tolerance, "a loss of \(found.loss), and not \(right.loss)")
        try expect(found.tokens == right.tokens, "\(found.tokens) tokens trained, and not \(right.tokens)")
        for (name, value) in found.metrics {
            guard let other = right.metrics[name] else { continue }
            let far = abs(value - other) / max(1, abs(other))
            try expect(far <= 10 * ground.settings.tolerance, "\(name) is \(value), and not \(other)")
        }
        return "losses differ by \(far.brief)"
    }

    /// The loss of one batch, and where a step under it leads.
    private static func step(
        under description: LossDescription, _ ground: ConformanceGround, imitating imitated: ClosedRange<Int>? = nil
    ) async throws -> String {
        guard let standard = ground.standard else { return "" }
        try await ground.rewind()
        let loss = try LossFunction(description)
        let batch = TrainingBatch(
            id: "step under \(description.objective.name)",
            sequences: ground.sequences.enumerated().map { index, sequence in
                imitated?.contains(index) == true ? sequence.under("cross_entropy") : sequence
            })
        let words = try await compare(batch, loss, ground)
        let right = try await standard.logProbabilities(of: ground.sequences).flatMap(\.self)
        let norms = (
            try await ground.trainer.optimizerStep(batch.id, learningRate: ground.settings.learningRate).gradientNorm,
            try await standard.optimizerStep(batch.id, learningRate: ground.settings.learningRate).gradientNorm
        )
        let moves = (
            try await zip(ground.now(ground.trainer), ground.before.flatMap(\.self)).map { $0 - $1 },
            try await zip(ground.now(standard), right).map { $0 - $1 }
        )
        let cosine = try Comparison(moves.0, moves.1).cosine
        try expect(moves.0.contains { $0 != 0 }, "the step changed nothing")
        guard ground.trainsSameWeights else {
            try expect(cosine > 0, "the step leads away from the standard's (cosine \(cosine.fixed(3)))")
            return "\(words), steps' cosine \(cosine.fixed(3))"
        }
        // AdamW's first step has the size of the learning rate in each weight, so gradients near 0 are told by rounding.
        try expect(cosine > 0.99, "the step leads elsewhere than the standard's (cosine \(cosine.fixed(4)))")
        if let found = norms.0, let right = norms.1 {
            let far = abs(found - right) / max(right, .leastNonzeroMagnitude)
            try expect(far <= 10 * ground.settings.tolerance, "a gradient's norm of \(found), and not \(right)")
        }
        return "\(words), steps' cosine \(cosine.fixed(4))"
    }
}
