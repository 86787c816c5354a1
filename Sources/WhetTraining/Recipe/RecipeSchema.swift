import WhetCore

/// Every key of a recipe. The one place to add a key (beside the property of `Recipe` that it fills).
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

    private static let counts = 1...1_000_000

    static let policy: [RecipeKey] = [
        RecipeKey("model", .text, default: "new", "A Hugging Face model directory, or `new` for random weights."),
        RecipeKey(
            "architecture", .optional(.section(architecture)), default: .null,
            "What `model: new` looks like; null for a model directory, whose config.json says it."),
        RecipeKey(
            "reference", .optional(.text), default: .null,
            "Model directory of the frozen policy that KL penalties and distillation compare with; null is version 0."),
        RecipeKey(
            "precision", .choice(["fp32", "bf16"]), default: "fp32",
            "What is computed in; bf16 keeps fp32 master weights."),
    ]

    static let architecture: [RecipeKey] = [
        RecipeKey("hidden_size", .integer(8...65_536), default: 128, "Width of the residual stream."),
        RecipeKey("layers", .integer(1...1_024), default: 4, "Transformer blocks."),
        RecipeKey("heads", .integer(1...1_024), default: 4, "Query heads of a block."),
        RecipeKey("key_value_heads", .integer(1...1_024), default: 2, "Key and value heads; divides `heads`."),
        RecipeKey(
            "head_dimension", .integer(2...1_024), default: 32, "Width of a head; even, because RoPE turns pairs."),
        RecipeKey("intermediate_size", .integer(8...262_144), default: 384, "Width of the SwiGLU layer."),
        RecipeKey("context_length", .integer(16...1_048_576), default: 256, "Longest sequence.", unit: "tokens"),
        RecipeKey("rope_theta", .number(.above(0)), default: 10_000, "Base of the rotary frequencies."),
        RecipeKey("tie_embeddings", .boolean, default: true, "Whether the output layer is the embedding."),
        RecipeKey(
            "tokenizer", .choice(["characters", "bpe"]), default: "characters",
            "One token a character, or byte-level BPE trained on the environments' own text."),
        RecipeKey(
            "vocabulary_size", .integer(16...1_000_000), default: 256, "Most tokens that the tokenizer may have."),
    ]

    static let inference: [RecipeKey] = [
        RecipeKey(
            "kind", .choice(["embedded", "auto", "sglang", "vllm", "llama_cpp", "openai"]), default: "embedded",
            "whet's own server, started with the run, or servers that are up already; `auto` asks them."),
        RecipeKey(
            "urls", .list(.text, count: 0...10_000), default: [],
            "Base address of the server, or a list of several that are used as one; none for `embedded`.",
            aliases: ["url"]),
        RecipeKey("model", .optional(.text), default: .null, "The model's name on servers that hold several."),
        RecipeKey(
            "concurrency", .integerOr("auto", counts), default: 256,
            "Most requests in flight; `auto` follows the servers' queues, caches and preemptions.", unit: "requests"),
        RecipeKey(
            "concurrency_maximum", .integer(counts), default: 1_024, "What `concurrency: auto` may rise to.",
            unit: "requests"),
        RecipeKey("connect_timeout_seconds", .number(.above(0)), default: 10, "To reach a server.", unit: "seconds"),
        RecipeKey(
            "idle_timeout_seconds", .number(.above(0)), default: 120,
            "Without a byte from it: a token of vLLM, the whole answer of SGLang.",
            unit: "seconds"),
        RecipeKey("total_timeout_seconds", .number(.above(0)), default: 600, "For a whole reply.", unit: "seconds"),
        RecipeKey(
            "retries", .integer(0...100), default: 4,
            "Further tries after a connection error, 429 or 5xx; other errors are final."),
    ]

    static let environment: [RecipeKey] = [
        RecipeKey("name", .text, default: nil, "The environment, such as Sorting."),
        RecipeKey("weight", .number(.atLeast(0)), default: 1, "Its share of the tasks, relative to the others'."),
        RecipeKey(
            "levels", .levels(0...1_000_000), default: 0,
            "Difficulty, 0 the easiest: one level, or the lowest and highest to draw from.", aliases: ["level"]),
        RecipeKey("difficulty", section: difficulty, "How a task's level is chosen from `levels`."),
        RecipeKey("options", .settings, default: [:], "What this environment lets be chosen."),
    ]

    static let difficulty: [RecipeKey] = [
        RecipeKey(
            "kind", .choice(["uniform", "adaptive", "learning_progress"]), default: "uniform",
            "Every level alike; RLVE's rising upper level; or levels at which accuracy changes."),
        RecipeKey(
            "window", .integer(counts), default: 4, "Adaptive: draws from this many levels up to the upper one.",
            unit: "levels"),
        RecipeKey(
            "minimum_prompts", .integer(counts), default: 8,
            "Adaptive: tasks at the upper level before it is judged.", unit: "tasks"),
        RecipeKey(
            "accuracy", .number(.above(0, to: 1)), default: 0.9,
            "Adaptive: the share of solved rollouts that raises the upper level."),
        RecipeKey(
            "fast", .number(.above(0, to: 1)), default: 0.3,
            "Learning progress: share of a new observation in the recent accuracy."),
        RecipeKey(
            "slow", .number(.above(0, to: 1)), default: 0.1,
            "Learning progress: in the past accuracy; below `fast`."),
        RecipeKey(
            "floor", .number(.above(0)), default: 0.05, "Learning progress: what every level weighs at least."),
    ]

    static let rollout: [RecipeKey] = [
        RecipeKey(
            "groups_per_step", .optional(.integer(counts)), default: .null,
            "Tasks of a training step; null is 32, or 256 for algorithms without groups.", unit: "groups"),
        RecipeKey(
            "group_size", .optional(.integer(1...65_536)), default: .null,
            "Rollouts of one task, compared with each other; null is 8, or 1 for algorithms without groups.",
            unit: "rollouts"),
        RecipeKey(
            "prompts", .optional(.integer(counts)), default: .null,
            "Different tasks, met again and again; null draws fresh ones, and 1024 where each has a value (spo).",
            unit: "tasks"),
        RecipeKey(
            "max_new_tokens", .integer(1...1_048_576), default: 64,
            "Most tokens of an episode, all its policy turns together.", unit: "tokens"),
        RecipeKey("max_turns", .integer(1...10_000), default: 1, "Policy turns of an episode.", unit: "turns"),
        RecipeKey("scheduling", section: scheduling, "When rollouts are played, and what becomes of unfinished ones."),
        RecipeKey(
            "timeout_seconds", .optional(.number(.above(0))), default: .null,
            "For one play of a rollout, which then has failed; null is as long as it takes.", unit: "seconds"),
        RecipeKey("temperature", .number(.above(0, to: 100)), default: 1, "Of sampling; the trainer scales alike."),
        RecipeKey(
            "top_p", .number(.above(0, to: 1)), default: 1, "Draw from the likeliest tokens of this total; 1 cuts none."
        ),
        RecipeKey(
            "top_k", .optional(.integer(counts)), default: .null,
            "Draw from this many likeliest tokens; null cuts none."),
        RecipeKey(
            "stop", .list(.text, count: 0...64), default: [], "A turn also ends once its text contains one of these."),
        RecipeKey(
            "failed_share_allowed", .number(.from(0, below: 1)), default: 0,
            "A step goes on while at most this share of its rollouts failed; their rewards are nobody's zero."),
    ]

    static let scheduling: [RecipeKey] = [
        RecipeKey(
            "mode", .choice(["synchronous", "april", "one_step_off", "asynchronous"]), default: "synchronous",
            "Waits for all; stops when enough are complete; plays a step ahead; or never waits (docs/scheduling.md)."),
        RecipeKey(
            "over_provision", .number(.from(1, to: 100)), default: 2,
            "april: groups that are begun for each one that a step needs."),
        RecipeKey(
            "maximum_staleness", .optional(.integer(0...1_000_000)), default: .null,
            "How old a token may be when it is trained on; null bounds nothing, but is 4 for asynchronous.",
            unit: "versions"),
        RecipeKey(
            "maximum_resumes", .optional(.integer(0...1_000_000)), default: .null,
            "How often a rollout may be interrupted; null bounds nothing.", unit: "times"),
        RecipeKey(
            "excess", .choice(["mask", "restart", "drop"]), default: "mask",
            "Beyond these bounds: old tokens are not trained on; the rollout starts anew; or its group is left out."),
        RecipeKey(
            "stall_seconds", .number(.above(0)), default: 60,
            "When nothing has ended for so long, whet says what it waits for, and again each time.", unit: "seconds"),
        RecipeKey(
            "step_timeout_seconds", .optional(.number(.above(0))), default: .null,
            "For a step's rollouts; then the run ends, saying what it waited for. null is as long as it takes.",
            unit: "seconds"),
    ]

    static let replay: [RecipeKey] = [
        RecipeKey(
            "groups_per_step", .integer(0...1_000_000), default: 0,
            "Groups of earlier steps that join each step; 0 replays nothing.", unit: "groups"),
        RecipeKey(
            "maximum_age", .integer(counts), default: 8, "How many steps back they may come from.", unit: "steps"),
        RecipeKey("solved_only", .boolean, default: false, "Whether only rollouts that solved their task come back."),
        RecipeKey(
            "train_as", .choice(["policy", "cross_entropy"]), default: "policy",
            "Under the algorithm's objective with their own credit, or imitated."),
    ]

    static let trainer: [RecipeKey] = [
        RecipeKey(
            "kind", .choice(["embedded"]), default: "embedded", "The backend that holds and updates the weights."),
        RecipeKey("learning_rate", .number(.above(0, to: 10)), default: 3e-4, "At its highest."),
        RecipeKey(
            "schedule", .choice(["constant", "linear", "cosine"]), default: "constant",
            "What becomes of the learning rate after its warm-up, down to `final_share` at the last step."),
        RecipeKey(
            "final_share", .number(.from(0, to: 1)), default: 0, "What linear and cosine end at, of `learning_rate`."),
        RecipeKey(
            "warmup_steps", .integer(0...1_000_000), default: 0, "The learning rate rises linearly this long.",
            unit: "steps"),
        RecipeKey(
            "weight_decay", .number(.from(0, below: 1)), default: 0,
            "AdamW's, decoupled; not on norms and embeddings."),
        RecipeKey(
            "betas", .list(.number(.from(0, below: 1)), count: 2...2), default: [0.9, 0.95], "AdamW's decay rates."),
        RecipeKey("epsilon", .number(.above(0)), default: 1e-8, "AdamW's."),
        RecipeKey(
            "max_gradient_norm", .optional(.number(.above(0))), default: 1,
            "Global norm to clip to; null clips nothing."),
        RecipeKey(
            "mini_batches", .integer(1...65_536), default: 1, "Optimizer steps that a step's rollouts are split over."),
        RecipeKey(
            "micro_batch_tokens", .integer(1...1_000_000_000), default: 8_192,
            "Tokens computed at once; changes memory, not results.", unit: "tokens"),
        RecipeKey(
            "threads", .optional(.integer(1...4_096)), default: .null,
            "Of the embedded engine; null takes every core."),
    ]

    static let warmup: [RecipeKey] = [
        RecipeKey("steps", .integer(0...10_000_000), default: 0, "0 warms nothing up.", unit: "steps"),
        RecipeKey(
            "batch_size", .integer(1...1_000_000), default: 64, "Demonstrations of a step.", unit: "demonstrations"),
        RecipeKey(
            "learning_rate", .number(.above(0, to: 10)), default: 1e-3,
            "Of these steps; `trainer.schedule` leaves it alone."),
        RecipeKey(
            "problems", .optional(.integer(1...1_000_000_000)), default: .null,
            "Different demonstrations to go round in; null shows each only once.", unit: "problems"),
    ]

    static let evaluation: [RecipeKey] = [
        RecipeKey(
            "problems", .integer(0...10_000_000), default: 200, "Held-out problems; 0 evaluates nothing.",
            unit: "problems"),
        RecipeKey(
            "every", .integer(0...10_000_000), default: 20, "Steps between evaluations; 0 is before and after only.",
            unit: "steps"),
        RecipeKey(
            "levels", .optional(.levels(0...1_000_000)), default: .null,
            "Difficulty of held-out problems; null is that of training.", aliases: ["level"]),
        RecipeKey("temperature", .number(.from(0, to: 100)), default: 0, "0 is greedy."),
        RecipeKey("seed", .integer(0...Int.max), default: 1_000_003, "What the held-out problems are made from."),
    ]

    static let run: [RecipeKey] = [
        RecipeKey(
            "name", .optional(.text), default: .null, "What the run is called; null takes the recipe file's name."),
        RecipeKey("seed", .integer(0...Int.max), default: 1, "Same seed, same run."),
        RecipeKey("steps", .integer(0...100_000_000), default: 100, "Training steps.", unit: "steps"),
        RecipeKey(
            "checkpoint_every", .integer(1...1_000_000), default: 1,
            "Steps between checkpoints; a killed run redoes what came after the last.", unit: "steps"),
        RecipeKey(
            "checkpoint_keep", .integer(1...1_000_000), default: 2, "Newest checkpoints to keep.", unit: "checkpoints"),
        RecipeKey(
            "home", .optional(.text), default: .null, "Folder of runs and store; null is WHET_HOME, else ./runs."),
    ]
}
