import WhetAlgorithms
import WhetCore

/// What a trainer can compute and hand on, as far as recipes differ in it.
public struct TrainerCapabilities: Hashable, Sendable {
    /// Which weights are trained.
    public enum Weights: String, Hashable, Sendable, Codable, CaseIterable {
        /// All of them.
        case full
        /// Those of low-rank adapters beside them.
        case lora
    }

    /// What a recipe calls the trainer.
    public var name: String
    /// By their recipe names.
    public var objectives: Set<String>
    /// By their recipe names.
    public var aggregations: Set<String>
    /// Of KL penalties in the loss.
    public var klEstimators: Set<String>
    /// Whether sequences of a batch may be under losses of their own.
    public var components: Bool
    /// Whether entropy may be part of the loss.
    public var entropyBonus: Bool
    /// Whether log-probabilities may be of another temperature than 1.
    public var temperatures: Bool
    /// Whether gradients are clipped by their global norm.
    public var gradientClipping: Bool
    /// Whether the model beneath its adapters can be asked, which is a frozen reference for free.
    public var baseLogProbabilities: Bool
    /// Which weights it trains.
    public var weights: Set<Weights>
    /// What it computes in: `fp32`, `bf16`.
    public var precisions: Set<String>
    /// How it hands weights to inference servers.
    public var publications: Set<Publication.Kind>

    /// All objectives and all ways of averaging, in fp32, whole weights into a directory; the rest of it not.
    public init(
        name: String, objectives: Set<String> = Self.everyObjective, aggregations: Set<String> = Self.everyAggregation,
        klEstimators: Set<String> = Self.everyEstimator, components: Bool = false, entropyBonus: Bool = false,
        temperatures: Bool = false, gradientClipping: Bool = false, baseLogProbabilities: Bool = false,
        weights: Set<Weights> = [.full], precisions: Set<String> = ["fp32"],
        publications: Set<Publication.Kind> = [.directory]
    ) {
        self.name = name
        self.objectives = objectives
        self.aggregations = aggregations
        self.klEstimators = klEstimators
        self.components = components
        self.entropyBonus = entropyBonus
        self.temperatures = temperatures
        self.gradientClipping = gradientClipping
        self.baseLogProbabilities = baseLogProbabilities
        self.weights = weights
        self.precisions = precisions
        self.publications = publications
    }

    public static let everyObjective = Set(LossFunction.objectives)
    public static let everyAggregation = Set(Aggregation.allCases.map(\.rawValue))
    public static let everyEstimator = Set(LossFunction.klEstimators)
}

/// The trainers that whet brings, as far as it is known before one is started or asked.
extension TrainerCapabilities {
    /// whet's own engine.
    public static let embedded = TrainerCapabilities(
        name: "embedded", components: true, entropyBonus: true, temperatures: true, gradientClipping: true,
        precisions: ["fp32", "bf16"])

    /// trainers/torch.
    public static let torch = TrainerCapabilities(
        name: "torch", components: true, entropyBonus: true, temperatures: true, gradientClipping: true,
        baseLogProbabilities: true, weights: [.full, .lora], precisions: ["fp32", "bf16"],
        publications: [.directory, .adapter])

    /// A service that speaks the Tinker API. Whether it clips gradients, it says itself.
    public static let tinker = TrainerCapabilities(
        name: "tinker", components: true, gradientClipping: true, weights: [.full, .lora], precisions: ["fp32", "bf16"],
        publications: [.remote])

    /// Those; a program of one's own (`command`) says what it can when it is started.
    public static let known = [embedded, torch, tinker]
}
