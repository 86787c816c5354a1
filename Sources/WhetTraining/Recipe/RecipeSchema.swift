import WhetCore

/// Every key of a recipe. A new key is a line in its section's file in `Sections/`, and the property there that it
/// fills.
public enum RecipeSchema {
    public static let keys: [RecipeKey] = [
        RecipeKey("policy", section: policy, "The model that practises."),
        RecipeKey("inference", section: inference, "Who samples from it."),
        RecipeKey(
            "environments", .sections(environment), default: nil, "Where it practises: a list, drawn from by weight."),
        RecipeKey("rollout", section: rollout, "How rollouts are collected."),
        RecipeKey("replay", section: replay, "Stored rollouts that are trained on once more."),
        RecipeKey(
            "algorithm", .named, default: "grpo",
            "What turns rewards into credit: a name, or a mapping of `name` and settings of its own."),
        RecipeKey("trainer", section: trainer, "Who updates the weights, and how."),
        RecipeKey("warmup", section: warmup, "Supervised training on demonstrations before the first step."),
        RecipeKey("evaluation", section: evaluation, "Held-out problems, never trained on."),
        RecipeKey("run", section: run, "Name, seed, length and checkpoints of the run."),
    ]

    /// How many of something there may be.
    static let counts = 1...1_000_000
}
