import WhetCore

/// How often what tools run on may fail before it is given up.
///
/// Keeps: with more failures than `maximum` within `window`, nothing is started until the window has moved on.
struct RestartRule: Sendable {
    let maximum: Int
    let window: Duration
    private var failures: [ContinuousClock.Instant] = []
    private var last = ""

    init(maximum: Int, window: Duration) {
        self.maximum = maximum
        self.window = window
    }

    mutating func note(_ error: any Error, at time: ContinuousClock.Instant = .now) {
        failures.append(time)
        last = (error as? ToolFailure)?.error.problem ?? (error as? WhetError)?.problem ?? "\(error)"
    }

    /// - Throws: `ToolFailure` where nothing may be started now.
    mutating func check(at place: String, now: ContinuousClock.Instant = .now) throws {
        failures.removeAll { $0 < now - window }
        guard failures.count > maximum else { return }
        throw ToolFailure(
            .unavailable, "it failed \(failures.count) times within \(window); the last time: \(last)", at: place)
    }
}
