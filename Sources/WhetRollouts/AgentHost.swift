import WhetCore
import WhetEnvironments

/// Plays the episodes of environments whose tasks a program solves with the policy as its model.
///
/// Keeps: as `EpisodePlayer`: every play ends in a rollout with one status, and only cancellation throws.
public protocol AgentHost: Sendable {
    /// Plays from the beginning, or on from where the program was interrupted. Where that program is gone, as after a
    /// restart of whet, a new one begins again.
    ///
    /// - Parameters:
    ///   - player: whose server is asked.
    ///   - version: what the server must answer with from now on; nil takes any.
    func play(
        _ episode: Episode, in environment: AgentEnvironment, by player: EpisodePlayer, limits: EpisodeLimits,
        version: PolicyVersion?
    ) async throws -> Rollout

    /// Ends the program of a rollout that was interrupted and will not be played on.
    func discard(_ rollout: RolloutID) async
}
