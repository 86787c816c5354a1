import WhetCore

/// One line of the catalog: an algorithm's parts, its vetted settings, and what a person wants to know of it.
public struct AlgorithmDefinition: Sendable {
    public let name: String
    /// What it is, in one line.
    public let summary: String
    /// The advantage, in one line.
    public let formula: String
    /// Where it comes from.
    public let source: String
    /// When to use it, in one or two sentences.
    public let whenToUse: String
    /// What else a reader of docs/algorithms.md should know, in Markdown; empty if nothing.
    public let notes: String
    let estimator: any AdvantageEstimator.Type
    let objective: any ConfigurableObjective.Type
    /// Settings that differ from their parts' own defaults.
    let defaults: JSONObject
    /// The same for settings of the objective, which hold as long as nobody chooses another one.
    let objectiveDefaults: JSONObject

    /// - Parameters:
    ///   - objective: the one it is trained under if a recipe names no other.
    ///   - defaults: settings of any part but the objective that differ from their parts' own.
    ///   - objectiveDefaults: settings of the objective that differ from its own.
    public init(
        _ name: String, summary: String, formula: String, source: String, whenToUse: String, notes: String = "",
        estimator: any AdvantageEstimator.Type, objective: any ConfigurableObjective.Type = PPOClip.self,
        defaults: JSONObject = AlgorithmCatalog.noSettings, objectiveDefaults: JSONObject = AlgorithmCatalog.noSettings
    ) {
        self.name = name
        self.summary = summary
        self.formula = formula
        self.source = source
        self.whenToUse = whenToUse
        self.notes = notes
        self.estimator = estimator
        self.objective = objective
        self.defaults = defaults
        self.objectiveDefaults = objectiveDefaults
    }

    /// What rollouts must bring.
    public var needs: Set<EstimatorNeed> { estimator.needs }

    /// Whether it compares several rollouts of one task.
    public var needsGroups: Bool { needs.contains(.groups) }

    /// What the objective is called that it is trained under if a recipe names no other.
    public var objectiveName: String { objective.name }
}

/// An objective that a recipe may name and set.
public protocol ConfigurableObjective: Configurable, Objective {
    /// The loss of a token, in one line.
    static var formula: String { get }
    /// Where it comes from.
    static var source: String { get }
}
