/// The figures of `whet bench scheduling` for a person.
extension SchedulingBenchmark {
    func text(of figures: [(name: String, value: Double)]) -> String {
        let values = Dictionary(figures, uniquingKeysWith: { $1 })
        func figure(_ name: String) -> Double { values[name] ?? .nan }
        let speedups = Self.tails.map { "\(times(figure("interactions_speedup_\($0.0)"))) at sigma \($0.1)" }
        return """
            After APRIL: 32 groups of 8; lengths of a median of 2,000 and at most 16,384 tokens, log-normal with sigma
            \(value("sigma").fixed(2)); \(value("slots").fixed(0)) slots on eight simulated servers. Throughput is \
            that while rollouts are played, as the paper counts it.

            \(comparison(modes.map(\.name), to: "synchronous", by: "tokens_per_second", figure))
            april against synchronous: \(gain(figure("april_gain"))) (\(goal(figure("april_gain"), 0.44, "+44 %")))
            with sigma 0.7: \(gain(figure("april_gain_short_tail")))
            with sigma 1.3: \(gain(figure("april_gain_long_tail")))

            After SPO: agents with long-tailed tool times, 768 rollouts a step; turns, tokens and times are assumed.

            \(comparison(agents.map(\.name), to: agents[0].name, by: "rollouts_per_second", figure))
            group-free against whole groups, equal slots: \(times(figure("group_free_april_speedup"))) \
            (\(goal(figure("group_free_april_speedup"), 4.35, "4.35 x")))
            with nothing but interaction times, servers never the limit: \
            \(speedups.joined(separator: ", "))

            The simulator: \(figure("simulated_steps_per_second").compact) steps of 256 rollouts a second; with \
            100,000 slots \(figure("simulated_rollouts_per_second_100000_slots").compact) rollouts a second.
            The scheduler alone, on one core: decisions a second, and ends of rollouts a second.

            \(speeds(figure))
            """
    }

    private func comparison(
        _ names: [String], to base: String, by measure: String, _ figure: (String) -> Double
    ) -> String {
        var table = Table(
            ("", .left), ("rollouts/s", .right), ("tokens/s", .right), ("against", .right), ("steps/h", .right),
            ("off-policy", .right), ("versions", .right), ("resumes", .right), ("wasted", .right), ("wait s", .right),
            ("in flight", .right))
        for name in names {
            func own(_ key: String) -> Double { figure("\(name)_\(key)") }
            table.add(
                name.replacing("_", with: " "), own("rollouts_per_second").fixed(2), own("tokens_per_second").fixed(0),
                times(own(measure) / figure("\(base)_\(measure)")), own("batches_per_hour").fixed(1),
                own("off_policy_share").percent,
                "\(own("mean_versions_old").fixed(2))/\(own("most_versions_old").fixed(0))",
                own("resumes_per_rollout").fixed(2), own("wasted_share").percent, own("wait_seconds").fixed(1),
                own("mean_in_flight").fixed(0))
        }
        return table.text
    }

    private func speeds(_ figure: (String) -> Double) -> String {
        var table = Table(("slots", .right), ("mode", .left), ("decisions/s", .right), ("ends/s", .right))
        for slots in [1_000, 10_000, 100_000] {
            for (name, _) in modes {
                table.add(
                    "\(slots)", name, figure("\(name)_decisions_per_second_\(slots)").compact,
                    figure("\(name)_ends_per_second_\(slots)").compact)
            }
        }
        return table.text
    }

    private func gain(_ value: Double) -> String { "\(value < 0 ? "" : "+")\(value.percent)" }
    private func times(_ value: Double) -> String { "\(value.fixed(2)) x" }
    private func goal(_ value: Double, _ least: Double, _ text: String) -> String {
        "goal \(text): \(value >= least ? "met" : "missed")"
    }
}
