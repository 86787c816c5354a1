import WhetEngine
import WhetServing

extension SampledToken: ReportedToken {
    package var alternatives: [(token: Int32, logProbability: Float)] {
        likeliest.map { (token: $0.token, logProbability: $0.logProbability) }
    }
}

extension RequestProblem {
    /// Whatever was thrown on the way to an answer, the engine's refusals included.
    init(serving error: any Error) {
        switch error {
        case GenerationEngine.Refusal.queueIsFull(let waiting):
            self.init(
                status: .serviceUnavailable, message: "\(waiting) requests are waiting already; try again later",
                type: "overloaded_error", code: "queue_full", retryAfter: 1)
        case GenerationEngine.Refusal.stopped: self.init(CancellationError())
        default: self.init(error)
        }
    }
}
