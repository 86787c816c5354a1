/// All that a run is made of, checked: every key of `RecipeSchema` as a typed property. docs/recipes.md tells what each
/// does. A section is a file of `Sections/`: its properties, and the keys that fill them.
///
/// Read one with `Recipe.load`; its JSON is what the store keeps, and `--resume` reads it back.
public struct Recipe: Hashable, Sendable, Codable {
    public var policy: Policy
    public var inference: Inference
    /// Never empty; at least one weight is above 0.
    public var environments: [PracticeEnvironment]
    public var rollout: Collection
    public var replay: Replay
    public var algorithm: Algorithm
    public var trainer: Trainer
    public var warmup: Warmup
    public var evaluation: Evaluation
    public var run: Run
}
