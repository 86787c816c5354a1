import WhetAlgorithms
import WhetBackends
import WhetCore
import WhetStore

/// The batches that a run's steps trained on, made again from the store: tokens, masks, credit, weights, votes, dealt
/// into the same mini-batches under the same ids.
///
/// Keeps: a batch is the one that the trainer got, or is refused; what follows from weights that the store does not
/// hold (a trainer's or a reference's log-probabilities) is never made up.
public struct StepBatches {
    /// One optimizer step.
    public struct MiniBatch: Sendable {
        public var step: Int
        /// From 0, among those of the step.
        public var number: Int
        public var learningRate: Double
        public var batch: TrainingBatch
        /// Whose conversations the sequences are. `[sequences]`
        public var rollouts: [RolloutID]
    }

    /// What the batches were trained under.
    public let loss: LossFunction
    /// What a trainer must add to what is stored, in words; empty where nothing is missing.
    public let notices: [String]
    private let run: String
    private let recipe: Recipe
    private let store: RolloutStore
    private let algorithm: WhetAlgorithms.Algorithm
    private var credit: UsedCredit
    private var steps: ArraySlice<Int>
    private let handed: [Int: HandedBatch]
    private let range: ClosedRange<Int>?

    /// - Parameter range: only these steps; nil takes all that were committed.
    /// - Throws: `WhetError` where the run trained on what no store holds, or on nothing.
    public init(
        of run: String, recipe: Recipe, store: RolloutStore, steps range: ClosedRange<Int>? = nil
    ) async throws {
        self.run = run
        self.recipe = recipe
        self.store = store
        self.range = range
        let algorithm = try Algorithm.named(recipe.algorithm.name, settings: recipe.algorithm.settings.values)
        self.algorithm = algorithm
        try Self.check(algorithm, recipe, run: run)
        loss = algorithm.loss(imitating: recipe.replay)
        credit = try await UsedCredit(algorithm, run: run, store: store)
        notices =
            algorithm.needsReference
            ? ["the loss compares with a reference policy, whose log-probabilities are not stored: add them"] : []
        handed = Dictionary(try await store.handedBatches(of: run).map { ($0.step, $0) }) { first, _ in first }
        let trained = try await store.steps(of: run).filter { $0.kind == .training }.map(\.step)
        guard trained.contains(where: { range?.contains($0) ?? true }) else {
            throw WhetError(
                "the run \"\(run)\" has no training steps"
                    + (range.map { " from \($0.lowerBound) to \($0.upperBound)" } ?? ""),
                at: store.path, remedy: "`whet runs \(run)` shows what there is")
        }
        steps = trained[...]
    }

    /// The next step's; empty where every token of it was masked, nil at the end.
    public mutating func next() async throws -> [MiniBatch]? {
        while let step = steps.popFirst() {
            let isWanted = range?.contains(step) ?? true
            if let range, step > range.upperBound { return nil }
            // What an algorithm remembers follows from every step before.
            guard isWanted || remembers else { continue }
            let rollouts = try await rollouts(of: step)
            let credit = try await credit.credit(rollouts, step: step)
            if isWanted { return miniBatches(of: rollouts, credit, step: step) }
        }
        return nil
    }

    private var remembers: Bool { algorithm.tracking != nil || algorithm.needs.contains(.roleValue) }

    /// The scored rollouts of the groups that were trained on, in the order in which the step had them.
    private func rollouts(of step: Int) async throws -> [Rollout] {
        var filter = RolloutFilter(run: run, purpose: .training, steps: step...step)
        if let batch = handed[step] {
            filter = RolloutFilter(run: run, groups: batch.groups.filter(\.isKept).map { GroupID($0.number) })
        }
        let scored = try await store.rollouts(filter).map(\.rollout).filter { $0.score != nil }
        // An older whet wrote no groups down, and marked what it left out.
        let kept = handed[step] == nil ? scored.filter { $0.status != .filtered } : scored
        return kept.sorted { $0.id < $1.id }
    }

    private func miniBatches(of rollouts: [Rollout], _ credit: Credit, step: Int) -> [MiniBatch] {
        var samples = TrainingSample.samples(of: rollouts)
        let advantages = zip(credit.credit, credit.compared).map { $0.advantages(of: $1) }
        for place in samples.indices { samples[place].take(advantages[samples[place].owner]) }
        for most in [recipe.rollout.scheduling.oldestTrained, algorithm.correction.maximumStaleness] {
            guard let most else { continue }
            samples.mask(olderThan: most, at: step)
        }
        let rate = LearningRateSchedule(recipe.trainer, steps: recipe.run.steps).rate(at: step - 1)
        let deals = samples.miniBatches(of: recipe, step: step, under: loss)
        return deals.enumerated().compactMap { number, dealt in
            guard !dealt.isEmpty else { return nil }
            return MiniBatch(
                step: step, number: number, learningRate: rate,
                batch: TrainingBatch(id: "\(run)-\(step)-\(number)", sequences: dealt.map(\.sequence)),
                rollouts: dealt.map(\.rollout.id))
        }
    }

    private static func check(_ algorithm: WhetAlgorithms.Algorithm, _ recipe: Recipe, run: String) throws {
        let expected = "a run whose batches follow from what is stored"
        if algorithm.correction.needsTrainerLogProbabilities {
            throw WhetError(
                "\(algorithm.name) weighed tokens by the trainer's own log-probabilities, which the store does not hold",
                at: "run \(run)", expected: expected,
                remedy: "--format jsonl --tokens, and weights of the trainer's own making")
        }
        if recipe.replay.groupsPerStep > 0 {
            throw WhetError(
                "the run trained on rollouts of earlier steps once more, which this export does not know",
                at: "run \(run)", expected: "a run without replay", remedy: "--format jsonl --tokens")
        }
        if algorithm.toolCalls.delta != 0 {
            throw WhetError(
                "\(algorithm.name) credits by where tools are called, which the store does not hold", at: "run \(run)",
                expected: expected, remedy: "--format jsonl --tokens")
        }
    }
}
