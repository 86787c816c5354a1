/// Settings after the papers whose figures whet compares itself with; each number says whether it is the paper's.
extension SchedulingSimulation.Settings {
    /// Reasoning with a long tail, after APRIL (arXiv 2509.18521): 32 groups of 8, at most 16,384 new tokens, eight
    /// devices, rollouts nine tenths of the time; its scripts open twice the groups.
    ///
    /// Assumed: a server a device; lengths log-normal with a median of 2,000 tokens, half of the variance shared within
    /// a group; a decoding step of 5 ms and 0.15 ms a request (a model of 4 billion parameters: 8 GB of weights, and a
    /// cache of 3,000 tokens a request, read at half to nine tenths of 3.35 TB/s); 20,000 prompt tokens a second;
    /// 60,000 trained tokens a second; 2 s to publish.
    ///
    /// - Parameter sigma: how long the tail is: the deviation of the logarithm of lengths.
    public static func april(
        _ mode: any SchedulingMode, sigma: Double = 1, bound: StalenessBound = StalenessBound(),
        filteredShare: Double = 0, slots: Int = 512, steps: Int, seed: UInt64 = 1
    ) -> Self {
        Self(
            scheduler: .init(
                mode: mode, groupsPerStep: 32, groupSize: 8, slots: slots,
                refills: filteredShare > 0 ? .max : 0, bound: bound),
            workload: SimulatedWorkload(
                seed: seed, turnTokens: .logNormal(median: 2_000, sigma: sigma, maximum: 16_384),
                filteredShare: filteredShare),
            servers: 8, slotsPerServer: 256, trainerTokensPerSecond: 60_000, publicationSeconds: 2, steps: steps)
    }

    /// Tool-using agents with uneven interaction times, after SPO (arXiv 2509.13232): 768 rollouts a step, either of 96
    /// groups of 8 or of 768 prompts of their own.
    ///
    /// Assumed, for the paper's distribution was not at hand: a median of 6 turns (at most 40) of a median of 700
    /// tokens (at most 4,096), tool calls of a median of 1 s with a long tail up to 300 s; as many slots as a step has
    /// rollouts, so that no side decodes more at once than the other; eight servers as in `april`.
    ///
    /// - Parameter sigma: the deviation of the logarithm of tool times.
    public static func agents(
        _ mode: any SchedulingMode, groupSize: Int, sigma: Double = 1.5, slots: Int = 768, steps: Int, seed: UInt64 = 1
    ) -> Self {
        Self(
            scheduler: .init(mode: mode, groupsPerStep: 768 / groupSize, groupSize: groupSize, slots: slots),
            workload: SimulatedWorkload(
                seed: seed, promptTokens: 500, turnTokens: .logNormal(median: 700, sigma: 0.8, maximum: 4_096),
                turns: .logNormal(median: 6, sigma: 0.7, maximum: 40),
                toolSeconds: .logNormal(median: 1, sigma: sigma, maximum: 300)),
            servers: 8, slotsPerServer: 256, trainerTokensPerSecond: 60_000, publicationSeconds: 2, steps: steps)
    }

    /// Nothing but interaction times: servers that are never the limit, and a trainer that takes no time. What
    /// group-free collection gains here follows from the tail alone.
    ///
    /// Assumed: one call of a median of 60 s a rollout, at most an hour.
    ///
    /// - Parameter sigma: the deviation of the logarithm of the times.
    public static func interactions(
        _ mode: any SchedulingMode, groupSize: Int, sigma: Double, slots: Int = 768, steps: Int, seed: UInt64 = 1
    ) -> Self {
        Self(
            scheduler: .init(mode: mode, groupsPerStep: 768 / groupSize, groupSize: groupSize, slots: slots),
            workload: SimulatedWorkload(
                seed: seed, promptTokens: 0, turnTokens: .fixed(1), turns: .fixed(2),
                toolSeconds: .logNormal(median: 60, sigma: sigma, maximum: 3_600)),
            slotsPerServer: slots, stepSeconds: 1e-3, requestSeconds: 0, prefillTokensPerSecond: .infinity,
            abortSeconds: 0, steps: steps)
    }
}
