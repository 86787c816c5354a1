/// What came of a simulated training.
public struct SchedulingReport: Hashable, Sendable {
    /// Of virtual time, from the first demand to the last publication.
    public internal(set) var seconds = 0.0
    /// Of these, while any rollout was in flight.
    var playingSeconds = 0.0
    /// Of these, while the trainer waited for its batch.
    var trainerWaitSeconds = 0.0
    /// Rollouts in flight, summed over time.
    var slotSeconds = 0.0

    public internal(set) var batches = 0
    /// Trained on.
    public internal(set) var groups = 0
    public internal(set) var rollouts = 0
    public internal(set) var tokens = 0
    /// Trained on though an older version than the trained one had sampled them.
    var offPolicyTokens = 0
    /// Versions between sampling and training, summed over tokens.
    public internal(set) var lag = 0
    public internal(set) var greatestLag = 0
    /// Interruptions of the rollouts that were trained on.
    public internal(set) var resumes = 0
    var mostResumes = 0
    /// From a rollout's end to its batch's delivery, summed over rollouts.
    var waitSeconds = 0.0

    /// All tokens that servers sampled.
    public internal(set) var generatedTokens = 0
    var filteredGroups = 0
    var filteredTokens = 0
    var droppedGroups = 0
    var droppedTokens = 0
    public internal(set) var restarts = 0
    var restartedTokens = 0
    /// In partial rollouts and ready groups at the end.
    var leftTokens = 0
    /// Read again by a server that did not have them in its cache, prompts counted.
    var prefilledTokens = 0
    /// The most groups that were complete and waited.
    var mostReady = 0
    public internal(set) var starts = 0
    public internal(set) var aborts = 0

    init() {}

    /// Of the phases in which rollouts are played, as the APRIL paper counts throughput.
    public var rolloutsPerSecond: Double { ratio(Double(rollouts), playingSeconds) }
    public var tokensPerSecond: Double { ratio(Double(tokens), playingSeconds) }
    /// From end to end, training and publication counted.
    public var batchesPerHour: Double { ratio(Double(batches) * 3_600, seconds) }
    public var offPolicyShare: Double { ratio(Double(offPolicyTokens), Double(tokens)) }
    public var meanLag: Double { ratio(Double(lag), Double(tokens)) }
    public var resumesPerRollout: Double { ratio(Double(resumes), Double(rollouts)) }
    public var meanWaitSeconds: Double { ratio(waitSeconds, Double(rollouts)) }
    public var meanInFlight: Double { ratio(slotSeconds, playingSeconds) }
    public var meanLength: Double { ratio(Double(tokens), Double(rollouts)) }
    /// Sampled, and never trained on: filtered, dropped, begun anew.
    public var wasteShare: Double {
        ratio(Double(filteredTokens + droppedTokens + restartedTokens), Double(generatedTokens))
    }

    private func ratio(_ part: Double, _ whole: Double) -> Double { whole > 0 ? part / whole : 0 }
}
