import WhetCore
import WhetRollouts

/// Scheduling modes against each other on a virtual clock, and how fast the scheduler decides.
///
/// The real scheduler runs; servers, lengths and the trainer are simulated (`SchedulingSimulation.Settings.april` and
/// `.agents` say which numbers are the papers' and which are assumed). One seed gives all modes the same rollouts.
struct SchedulingBenchmark: Benchmark {
    static let name = "scheduling"
    static let summary = "scheduling modes on a virtual clock, after APRIL and SPO; the scheduler's own speed"
    static let parameters = [
        BenchmarkParameter("steps", 500, "training steps of a simulation after APRIL"),
        BenchmarkParameter("sigma", 1, "deviation of the logarithm of lengths there: the length of the tail"),
        BenchmarkParameter("factor", 2, "groups that april opens for each one wanted"),
        BenchmarkParameter("staleness", 4, "versions that asynchronous allows"),
        BenchmarkParameter("slots", 512, "rollouts in flight at most there"),
        BenchmarkParameter("filtered", 0, "share of groups that dynamic sampling filters"),
        BenchmarkParameter("agent_steps", 100, "training steps of a simulation after SPO"),
        BenchmarkParameter("agent_sigma", 1.5, "deviation of the logarithm of tool times there"),
        BenchmarkParameter("ends", 1_000_000, "ends of rollouts that the scheduler is timed with"),
        BenchmarkParameter("seed", 1, "of lengths"),
    ]

    typealias Figures = [(name: String, value: Double)]

    var values = Dictionary(uniqueKeysWithValues: Self.parameters.map { ($0.name, $0.value) })

    mutating func set(_ parameter: String, to value: Double) throws {
        let whole = !["sigma", "agent_sigma", "factor", "filtered"].contains(parameter)
        let range: ClosedRange<Double> =
            switch parameter {
            case "sigma", "agent_sigma": 0...5
            case "factor": 1...100
            case "filtered": 0...0.95
            case "staleness", "seed": 0...1_000_000
            default: 1...100_000_000
            }
        guard range.contains(value), !whole || value == value.rounded() else {
            throw WhetError(
                "\(parameter) cannot be \(value)", at: "--set \(parameter)",
                expected: "\(whole ? "a whole number" : "a number") from \(range.lowerBound) to \(range.upperBound)")
        }
        values[parameter] = value
    }

    func run(progress: @Sendable (String) -> Void) async throws -> Figures {
        var figures: Figures = []
        for (name, mode) in modes {
            progress("\(name): \(whole("steps")) steps of 32 groups of 8")
            let report = try SchedulingSimulation(april(mode, sigma: value("sigma"))).run()
            figures += Self.figures(of: report, prefix: name)
        }
        let gain = Self.ratio(figures, "april_tokens_per_second", "synchronous_tokens_per_second") - 1
        figures.append(("april_gain", gain))
        for (name, sigma) in [("short_tail", 0.7), ("long_tail", 1.3)] {
            progress("april and synchronous, sigma \(sigma)")
            let reports = try modes.prefix(2).map { try SchedulingSimulation(april($0.mode, sigma: sigma)).run() }
            figures.append(("april_gain_\(name)", reports[1].tokensPerSecond / reports[0].tokensPerSecond - 1))
        }
        for setting in agents {
            progress("\(setting.name): \(whole("agent_steps")) steps of 768 rollouts")
            let report = try SchedulingSimulation(
                .agents(
                    setting.mode, groupSize: setting.groupSize, sigma: value("agent_sigma"), slots: setting.slots,
                    steps: whole("agent_steps"), seed: seed)
            ).run()
            figures += Self.figures(of: report, prefix: setting.name)
        }
        for setting in agents.dropFirst() {
            figures.append(
                ("\(setting.name)_speedup",
                 Self.ratio(figures, "\(setting.name)_rollouts_per_second", "\(agents[0].name)_rollouts_per_second")))
        }
        for (name, sigma) in Self.tails {
            let reports = try [8, 1].map { size in
                let mode: any SchedulingMode = size == 1 ? APRIL(factor: value("factor")) : Synchronous()
                return try SchedulingSimulation(
                    .interactions(mode, groupSize: size, sigma: sigma, steps: whole("agent_steps"), seed: seed)
                ).run()
            }
            figures.append(
                ("interactions_speedup_\(name)", reports[1].rolloutsPerSecond / reports[0].rolloutsPerSecond))
        }
        figures += try simulatorSpeed(progress: progress)
        for slots in [1_000, 10_000, 100_000] {
            progress("deciding for \(slots) slots")
            for (name, mode) in modes {
                let speed = SchedulerSpeed(mode: mode, slots: slots).figures(ends: whole("ends"), seed: seed)
                figures.append(("\(name)_decisions_per_second_\(slots)", speed.decisionsPerSecond))
                figures.append(("\(name)_ends_per_second_\(slots)", speed.endsPerSecond))
            }
        }
        return figures
    }

    /// How fast the simulator is, on one core: at its usual size, and with 100,000 slots.
    private func simulatorSpeed(progress: @Sendable (String) -> Void) throws -> Figures {
        progress("simulating 100,000 slots")
        var large = april(APRIL(factor: 2), sigma: value("sigma"))
        large.scheduler.groupsPerStep = 6_250
        large.scheduler.slots = 100_000
        large.servers = 400
        large.steps = 5
        let usual = april(APRIL(factor: 2), sigma: value("sigma"))
        let clock = ContinuousClock()
        var rollouts = 0
        let (usualTime, largeTime) = (
            try clock.measure { _ = try SchedulingSimulation(usual).run() } / .seconds(1),
            try clock.measure { rollouts = try SchedulingSimulation(large).run().rollouts } / .seconds(1)
        )
        return [
            ("simulated_steps_per_second", Double(usual.steps) / usualTime),
            ("simulated_rollouts_per_second_100000_slots", Double(rollouts) / largeTime),
        ]
    }

    // MARK: Settings

    /// How uneven interaction times are: the deviation of their logarithm.
    static let tails = [("sigma_0_25", 0.25), ("sigma_0_5", 0.5), ("sigma_0_75", 0.75), ("sigma_1", 1.0)]

    var modes: [(name: String, mode: any SchedulingMode)] {
        let modes: [any SchedulingMode] = [
            Synchronous(), APRIL(factor: value("factor")), OneStepOff(), Asynchronous(staleness: whole("staleness")),
        ]
        return modes.map { ($0.name, $0) }
    }

    /// The first is what the others are compared with.
    var agents: [(name: String, mode: any SchedulingMode, groupSize: Int, slots: Int)] {
        [
            ("groups_synchronous", Synchronous(), 8, 768),
            ("groups_april", APRIL(factor: value("factor")), 8, 768),
            ("group_free_april", APRIL(factor: value("factor")), 1, 768),
            ("group_free_april_twice_the_slots", APRIL(factor: value("factor")), 1, 1_536),
            ("group_free_asynchronous", Asynchronous(staleness: whole("staleness")), 1, 768),
        ]
    }

    private func april(_ mode: any SchedulingMode, sigma: Double) -> SchedulingSimulation.Settings {
        .april(
            mode, sigma: sigma, filteredShare: value("filtered"), slots: whole("slots"), steps: whole("steps"),
            seed: seed)
    }

    func value(_ name: String) -> Double { values[name] ?? 0 }
    private func whole(_ name: String) -> Int { Int(value(name)) }
    private var seed: UInt64 { UInt64(value("seed")) }

    // MARK: Figures

    private static func figures(of report: SchedulingReport, prefix: String) -> Figures {
        [
            ("rollouts_per_second", report.rolloutsPerSecond),
            ("tokens_per_second", report.tokensPerSecond),
            ("batches_per_hour", report.batchesPerHour),
            ("off_policy_share", report.offPolicyShare),
            ("mean_versions_old", report.meanLag),
            ("most_versions_old", Double(report.greatestLag)),
            ("resumes_per_rollout", report.resumesPerRollout),
            ("wasted_share", report.wasteShare),
            ("wait_seconds", report.meanWaitSeconds),
            ("mean_in_flight", report.meanInFlight),
        ].map { ("\(prefix)_\($0.0)", $0.1) }
    }

    private static func ratio(_ figures: Figures, _ part: String, _ whole: String) -> Double {
        let values = Dictionary(figures, uniquingKeysWith: { $1 })
        return (values[part] ?? .nan) / (values[whole] ?? .nan)
    }
}
