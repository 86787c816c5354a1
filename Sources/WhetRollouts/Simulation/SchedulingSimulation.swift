/// A training on a virtual clock: the real scheduler, with simulated servers, lengths and trainer.
///
/// Thousands of steps take seconds, and the same settings give the same report, so modes can be compared and bounds
/// chosen before any hardware is used. Its speed also shows at how many slots whet's own decisions would become the
/// limit.
public struct SchedulingSimulation: Sendable {
    public struct Settings: Sendable {
        public var scheduler: Scheduler.Settings
        public var workload: SimulatedWorkload
        public var servers: Int
        /// Requests that a server decodes at once; more wait there.
        public var slotsPerServer: Int
        /// Of a decoding step without requests, and what each request in its batch adds, in seconds.
        public var stepSeconds: Double
        public var requestSeconds: Double
        public var prefillTokensPerSecond: Double
        /// From an abort to the request's end.
        public var abortSeconds: Double
        /// Of a training step: a fixed part and one by its tokens.
        public var trainerSeconds: Double
        public var trainerTokensPerSecond: Double
        public var publicationSeconds: Double
        /// Batches that are trained on.
        public var steps: Int

        public init(
            scheduler: Scheduler.Settings, workload: SimulatedWorkload, servers: Int = 1, slotsPerServer: Int = 256,
            stepSeconds: Double = 0.005, requestSeconds: Double = 0.000_15, prefillTokensPerSecond: Double = 20_000,
            abortSeconds: Double = 0.05, trainerSeconds: Double = 0, trainerTokensPerSecond: Double = .infinity,
            publicationSeconds: Double = 0, steps: Int
        ) {
            self.scheduler = scheduler
            self.workload = workload
            self.servers = servers
            self.slotsPerServer = slotsPerServer
            self.stepSeconds = stepSeconds
            self.requestSeconds = requestSeconds
            self.prefillTokensPerSecond = prefillTokensPerSecond
            self.abortSeconds = abortSeconds
            self.trainerSeconds = trainerSeconds
            self.trainerTokensPerSecond = trainerTokensPerSecond
            self.publicationSeconds = publicationSeconds
            self.steps = steps
            self.scheduler.batches = steps
        }
    }

    public let settings: Settings

    public init(_ settings: Settings) { self.settings = settings }

    /// - Throws: `CancellationError` when the surrounding task is cancelled; `WhetError` if the mode waits for ever.
    public func run() throws -> SchedulingReport {
        var clock = SimulationClock(settings)
        return try clock.run()
    }
}
