import WhetCore

/// What an episode was asked: enough to play it again.
struct OpenEnvPlan: Hashable, Sendable {
    /// What reset is given.
    let reset: JSONObject
    let actions: [JSONValue]

    func prefix(_ count: Int) -> OpenEnvPlan { OpenEnvPlan(reset: reset, actions: Array(actions.prefix(count))) }
}

/// What a server answered to a plan, action by action.
struct OpenEnvEpisode: Hashable, Sendable {
    let opening: OpenEnvObservation
    /// One for each action that was taken; the last may be done.
    var steps: [OpenEnvObservation] = []

    var isDone: Bool { (steps.last ?? opening).isDone }
}
