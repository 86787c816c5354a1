import WhetCore

/// A request on its way to the scheduler, and where what comes of it goes.
struct Submission: Sendable {
    enum Event: Sendable {
        case sampled(SampledToken)
        case finished(GenerationEngine.Output)
        case failed(any Error)
    }

    let request: GenerationEngine.Request
    /// Called on the engine's thread; must return at once. Only streams hear of single tokens; the last event is
    /// `finished` or `failed`.
    let deliver: @Sendable (Event) -> Void
    let streams: Bool
}

/// Requests that came together and are answered by one version.
struct SubmittedBatch: Sendable {
    let ticket: GenerationEngine.Ticket
    let submissions: [Submission]
}
