import WhetAlgorithms
import WhetCore
import WhetRollouts

/// What a step trains on.
struct StepBatch {
    /// The scored rollouts of this step.
    var fresh: [Rollout]
    /// Those and what is replayed, with credit, weights and masks.
    var samples: [TrainingSample]
    var metrics: [String: Double]
}

extension TrainingLoop {
    /// From rollouts to what a backend trains on: replay, reference, credit, correction.
    func batch(of collected: Collected, step: Int, _ state: inout LoopState) async throws -> StepBatch {
        let fresh = collected.rollouts.filter { $0.score != nil }
        let replayed = try await replayed(step: step, groups: state.kept)
        let imitates = recipe.replay.trainAs == .crossEntropy
        let credited = imitates ? fresh : fresh + replayed
        var samples = TrainingSample.samples(of: fresh + replayed)
        try await compareWithReference(&samples)

        let toolCalls = try await toolCalls(of: credited)
        let credit = try Credit(
            of: credited, under: algorithm, baselines: baselines(for: credited, collected, &state),
            penalties: penalties(samples), toolCalls: toolCalls)
        let advantages = zip(credit.credit, credit.compared).map { $0.advantages(of: $1) }
        for place in samples.indices {
            let owner = samples[place].owner
            if owner < advantages.count { samples[place].take(advantages[owner]) } else { samples[place].imitate() }
        }
        let ages = TokenAges(collected.rollouts, at: PolicyVersion(step - 1))
        if let most = recipe.rollout.scheduling.oldestTrained { samples.mask(olderThan: most, at: step) }
        var metrics = try await correct(&samples, step: step)
        metrics.merge(ages.metrics) { _, new in new }
        let own = zip(credit.credit, credit.compared).prefix(fresh.count)
        metrics["credit/zero_share"] = own.map { $0.isZero(over: $1.policyMask) ? 1 : 0 }.mean
        let calls = fresh.compactMap { toolCalls[$0.id].map(Double.init) }
        if !calls.isEmpty {
            metrics["rollout/tool_share"] = Double(calls.count) / Double(fresh.count)
            metrics["rollout/first_tool_call"] = calls.mean
        }
        if !replayed.isEmpty { metrics["replay/rollouts"] = Double(replayed.count) }
        return StepBatch(fresh: fresh, samples: samples, metrics: metrics)
    }

    /// Puts the frozen policy's log-probabilities beside the rollouts, where the algorithm compares with it.
    private func compareWithReference(_ samples: inout [TrainingSample]) async throws {
        guard algorithm.needsReference else { return }
        guard let reference = components.reference else {
            throw WhetError("\(algorithm.name) compares with a reference policy, and there is none", at: "algorithm")
        }
        let found = try await reference.logProbabilities(of: samples.map(\.sequence))
        for place in samples.indices { samples[place].referenceLogProbabilities = found[place] }
    }

    private func penalties(_ samples: [TrainingSample]) -> [RolloutID: Credit.Penalty] {
        guard algorithm.rewardPenalty != nil else { return [:] }
        var penalties: [RolloutID: Credit.Penalty] = [:]
        for sample in samples {
            let prompt = sample.trajectory.promptLength
            guard let reference = sample.referenceLogProbabilities else { continue }
            var penalty = penalties[sample.rollout.id] ?? Credit.Penalty(logProbabilities: [], reference: [])
            penalty.logProbabilities += sample.behaviorLogProbabilities[prompt...].map(Double.init)
            penalty.reference += reference[prompt...].map(Double.init)
            penalties[sample.rollout.id] = penalty
        }
        return penalties
    }

    private func toolCalls(of rollouts: [Rollout]) async throws -> [RolloutID: Int] {
        var places: [RolloutID: Int] = [:]
        for rollout in rollouts {
            let isAlone = rollout.messages.count <= rollout.task.messages.count + 1
            guard !isAlone, let environment = components.environments(rollout.task.environment) else { continue }
            let apart = try await environment.callsApart(in: rollout.messages, of: rollout.task)
            places[rollout.id] = ToolCallPlace.first(in: rollout, apart: apart, format: components.format)
        }
        return places
    }

    /// Weighs and masks what another policy sampled than the one that is about to be updated.
    ///
    /// - Returns: how far the two are from each other, before anything was masked.
    private func correct(_ samples: inout [TrainingSample], step: Int) async throws -> [String: Double] {
        let correction = algorithm.correction
        guard correction != OffPolicyCorrection() else { return [:] }
        var trainer = samples.map(\.behaviorLogProbabilities)
        if correction.needsTrainerLogProbabilities {
            trainer = try await components.backend.logProbabilities(of: samples.map(\.sequence))
        }
        let result = correction.correct(
            zip(samples, trainer).map { sample, trainer in
                OffPolicyCorrection.Sequence(
                    trainerLogProbabilities: trainer.map(Double.init),
                    behaviorLogProbabilities: sample.behaviorLogProbabilities.map(Double.init), mask: sample.policyMask,
                    staleness: sample.trajectory.staleness(at: PolicyVersion(step - 1)))
            })
        for place in samples.indices where samples[place].component == nil {
            samples[place].mask = zip(samples[place].mask, result.masks[place]).map { $0 && $1 }
            guard correction.level != .none else { continue }
            samples[place].weights = result.weights[place].map(Float.init)
            // The weights carry the step from sampler to trainer; the objective's ratio begins at the trainer.
            samples[place].behaviorLogProbabilities = zip(trainer[place], samples[place].policyMask).map { $1 ? $0 : 0 }
        }
        return Dictionary(
            uniqueKeysWithValues: result.statistics.values.map { ("off_policy/\($0)", $1) })
    }
}
