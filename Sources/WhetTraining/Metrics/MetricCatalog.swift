/// A number that a run writes down with each step, or with each that has it.
public struct Metric: Hashable, Sendable {
    /// Its name in the store; a `*` stands for any text.
    public let name: String
    /// What it is, in one line.
    public let summary: String
    public let unit: String?

    init(_ name: String, _ summary: String, unit: String? = nil) {
        self.name = name
        self.summary = summary
        self.unit = unit
    }

    /// Whether a stored name is this metric's.
    func names(_ stored: String) -> Bool {
        guard let star = name.firstIndex(of: "*") else { return name == stored }
        let (start, end) = (name[..<star], name[name.index(after: star)...])
        return stored.count > start.count + end.count && stored.hasPrefix(start) && stored.hasSuffix(end)
    }
}

/// Every metric of a run with what it means: what docs/metrics.md shows.
///
/// A new metric is a line here and a line where it is computed; `places` says where that is for each first word.
public enum MetricCatalog {
    /// - Returns: nil for a name that no whet of this version writes.
    public static func metric(_ name: String) -> Metric? {
        all.first { $0.name == name } ?? all.first { $0.names(name) }
    }

    /// By first word: who computes such metrics.
    static let places: [(word: String, of: String, file: String)] = [
        ("reward", "the rollouts of a step", "Sources/WhetTraining/Loop/StepStatistics.swift"),
        ("rollout", "the rollouts of a step", "Sources/WhetTraining/Loop/StepStatistics.swift"),
        ("group", "the groups of a step", "Sources/WhetTraining/Loop/StepStatistics.swift"),
        ("credit", "what the algorithm made of them", "Sources/WhetTraining/Loop/TrainingLoop+Batch.swift"),
        ("replay", "what joined them from earlier steps", "Sources/WhetTraining/Loop/TrainingLoop+Batch.swift"),
        (
            "off_policy", "how far the sampler was from the trainer",
            "Sources/WhetAlgorithms/OffPolicy/OffPolicyStatistics.swift"
        ),
        ("spo", "SPO's values of prompts", "Sources/WhetTraining/Loop/TrainingLoop+Values.swift"),
        ("curriculum", "where difficulty stands", "Sources/WhetRollouts/Curriculum/Difficulty.swift"),
        ("train", "the update, as the backend reports it", "Sources/WhetTraining/Loop/TrainingLoop+Step.swift"),
        ("schedule", "how the rollouts were collected", "Sources/WhetRollouts/Scheduling/SchedulingMetrics.swift"),
        ("time", "where the time went", "Sources/WhetTraining/Loop/TrainingLoop+Step.swift"),
    ]

    public static let all: [Metric] = [
        Metric("reward/mean", "mean reward of the scored rollouts"),
        Metric("reward/deviation", "standard deviation of the rewards"),
        Metric(
            "reward/parts_mean",
            "mean over the rollouts of how well the criteria of their scores were met, each as much as it weighs"),

        Metric("rollout/accuracy", "share of the scored rollouts that solved their task"),
        Metric("rollout/tokens_mean", "mean length of what the policy sampled", unit: "tokens"),
        Metric("rollout/tokens_max", "longest of them", unit: "tokens"),
        Metric("rollout/tool_share", "share of the scored rollouts that called a tool"),
        Metric(
            "rollout/first_tool_call", "mean place of the first call of those, from the prompt's end", unit: "tokens"),
        Metric("rollout/truncated_share", "share of rollouts that ran out of tokens or turns"),
        Metric("rollout/failed_share", "share of rollouts that failed and have no reward"),

        Metric(
            "group/equal_share", "share of groups whose rewards are all equal: a comparison learns nothing from them"),
        Metric("group/filtered_share", "share of the groups played that dynamic sampling left out"),

        Metric("credit/zero_share", "share of rollouts with no credit at any token"),

        Metric("replay/rollouts", "stored rollouts that joined the step", unit: "rollouts"),

        Metric("off_policy/ratio_mean", "mean ratio of trainer to sampler, at the chosen level, before truncation"),
        Metric("off_policy/ratio_min", "smallest of these ratios"),
        Metric("off_policy/ratio_max", "largest of these ratios"),
        Metric("off_policy/ratio_above_limit", "share of tokens whose ratio is above the limit"),
        Metric("off_policy/stale_fraction", "share of tokens left out because they are too old"),
        Metric("off_policy/dropped_fraction", "share of tokens left out for whatever reason"),
        Metric("off_policy/vetoed_fraction", "share of sequences left out because one token was too unlikely"),
        Metric("off_policy/effective_sample_share", "(Σ ratio)² / (tokens · Σ ratio²): 1 when all ratios are equal"),
        Metric("off_policy/behavior_kl", "k1 estimate of KL(sampler ‖ trainer)", unit: "nats a token"),
        Metric("off_policy/behavior_kl3", "k3 estimate of the same", unit: "nats a token"),

        Metric("spo/divergence", "how far the policy moved since the prompts' last visits", unit: "nats a token"),

        Metric("curriculum/level/*", "upper level of an environment whose difficulty adapts"),

        Metric("train/loss", "loss of the step, averaged over mini-batches"),
        Metric("train/tokens", "tokens that were trained", unit: "tokens"),
        Metric("train/gradient_norm", "global gradient norm before clipping, averaged over mini-batches"),
        Metric("train/learning_rate", "learning rate of the step"),
        Metric("train/entropy", "mean entropy of the policy at the trained tokens", unit: "nats"),
        Metric("train/log_probability_difference", "mean |trainer − sampler| log-probability of the trained tokens"),
        Metric(
            "train/behavior_kl", "k3 estimate of KL(sampler ‖ trainer) over the trained tokens", unit: "nats a token"),
        Metric("train/reference_kl", "mean estimate of the KL to the reference policy", unit: "nats a token"),
        Metric("train/ratio", "mean ratio of the policy to the behavior policy"),
        Metric("train/clip_fraction", "share of trained tokens that the objective's limit cut off"),
        Metric("train/clip_fraction_lower", "share that its second limit cut off: dual clip, truncation"),
        Metric("train/cross_entropy/*", "the same of the rollouts that are imitated"),
        Metric("train/reverse_kl/*", "the same of the rollouts that are distilled"),

        Metric("schedule/off_policy_share", "share of policy tokens older than the weights that train on them"),
        Metric("schedule/token_share_age_*", "share of policy tokens that are so many versions old"),
        Metric("schedule/token_share_older", "share of policy tokens that are more than 4 versions old"),
        Metric("schedule/staleness_mean", "mean age of policy tokens", unit: "versions"),
        Metric("schedule/staleness_max", "greatest age of a policy token", unit: "versions"),
        Metric("schedule/refills", "groups that were drawn in place of filtered ones", unit: "groups"),
        Metric("schedule/ready_groups", "groups that were complete and left for later steps", unit: "groups"),
        Metric("schedule/interrupted_rollouts", "rollouts that wait to go on", unit: "rollouts"),
        Metric("schedule/in_flight", "rollouts that went on being played", unit: "rollouts"),
        Metric("schedule/plays", "plays that ended, interrupted ones included", unit: "plays"),
        Metric("schedule/resumed_plays", "of these, those that went on from an interrupted rollout", unit: "plays"),
        Metric("schedule/resumes_mean", "how often the step's rollouts had been interrupted, on average"),
        Metric("schedule/resumes_max", "how often at most"),
        Metric("schedule/group_age_mean", "steps between a group's opening and this one, on average", unit: "steps"),
        Metric("schedule/group_age_max", "steps at most", unit: "steps"),
        Metric("schedule/failed_tokens", "sampled tokens of rollouts that failed", unit: "tokens"),
        Metric(
            "schedule/restarted_tokens", "sampled tokens of rollouts that begin again from their prompt",
            unit: "tokens"),
        Metric(
            "schedule/dropped_tokens", "sampled tokens of rollouts that were given up with their group",
            unit: "tokens"),
        Metric("schedule/length_own_step", "mean length of rollouts that were begun for this step", unit: "tokens"),
        Metric(
            "schedule/length_earlier_steps", "mean length of those that were begun for earlier ones", unit: "tokens"),
        Metric("schedule/abort_seconds_mean", "from an abort to its answer, on average", unit: "seconds"),
        Metric("schedule/abort_seconds_max", "the slowest answer", unit: "seconds"),

        Metric("time/rollouts_seconds", "collecting the step's rollouts", unit: "seconds"),
        Metric("time/update_seconds", "credit and update", unit: "seconds"),
        Metric("time/write_seconds", "writing the checkpoint", unit: "seconds"),
        Metric("time/wait_for_batch_seconds", "from asking for the batch to having it", unit: "seconds"),
        Metric(
            "time/wait_for_slowest_seconds",
            "of that, while slots were free and nothing was left to start", unit: "seconds"),
    ]

    /// The tables of docs/metrics.md.
    public static var markdown: String {
        places.map { place in
            let rows = all.filter { $0.name.hasPrefix("\(place.word)/") }.map { metric in
                "| `\(metric.name)` | \(metric.summary)\(metric.unit.map { " (\($0))" } ?? "") |"
            }
            return "### `\(place.word)/`: \(place.of)\n\n| metric | what it is |\n|---|---|\n"
                + rows.joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }
}
