import WhetCore
import WhetStore

/// The part of `whet runs RUN` that says how its rollouts were collected.
struct CollectionReport {
    /// Nil where the recipe does not say.
    let mode: String?
    let summary: CollectionSummary

    /// A line a subject; none for a run without training rollouts.
    var text: String {
        guard !summary.statuses.isEmpty else { return "" }
        let lines: [(String, String?)] = [
            ("mode", mode ?? "synchronous"),
            ("rollouts", statuses),
            ("tokens by lag", lags),
            ("resumes", resumes),
            ("waiting now", waiting),
            ("never trained", untrained),
            ("filtered", filterReasons),
            ("time waiting", waits),
            ("aborts", aborts),
            ("length", lengths),
            ("refills", refills),
        ]
        return "\ncollection\n"
            + lines.compactMap { name, words in words.map { "  \(name.filled(to: 14)) \($0)\n" } }.joined()
    }

    var json: JSONValue {
        let statuses = Rollout.Status.allCases.compactMap { status in
            summary.statuses[status].map { (status.rawValue, $0.json) }
        }
        let untrained = CollectionSummary.Untrained.allCases.map { kind in
            (kind.rawValue, (summary.untrained[kind] ?? .init()).json)
        }
        let reasons = summary.filterReasons.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }
        let lags = summary.tokensByLag.sorted { $0.key < $1.key }.map { ("\($0.key)", JSONValue.integer($0.value)) }
        let metrics = summary.metrics.sorted { $0.key < $1.key }.map { name, metric in
            let values: JSONValue = [
                "sum": .number(metric.sum), "mean": .number(metric.mean), "maximum": .number(metric.maximum),
                "last": .number(metric.last), "steps": .integer(metric.steps),
            ]
            return (name, values)
        }
        return [
            "mode": .string(mode ?? "synchronous"), "rollouts": .ordered(statuses), "tokens_by_lag": .ordered(lags),
            "off_policy_share": summary.offPolicyShare.map(JSONValue.number) ?? .null,
            "untrained": .ordered(untrained), "filter_reasons": .ordered(reasons),
            "masked_tokens": summary.maskedTokens.map(JSONValue.integer) ?? .null,
            "metrics": .ordered(metrics),
        ]
    }

    // MARK: Lines

    private func metric(_ name: String) -> CollectionSummary.Metric? { summary.metrics[name] }

    private var statuses: String {
        let total = summary.statuses.values.reduce(0) { $0 + $1.rollouts }
        let parts = Rollout.Status.allCases.compactMap { status in
            summary.statuses[status].map { "\($0.rollouts) \(status.rawValue)" }
        }
        return "\(total): " + parts.joined(separator: ", ")
    }

    private var lags: String? {
        let total = Double(summary.tokensByLag.values.reduce(0, +))
        guard total > 0 else { return nil }
        let lags = summary.tokensByLag.sorted { $0.key < $1.key }
        var parts = lags.prefix(5).map { "\($0.key): \((Double($0.value) / total).percent)" }
        let older = lags.dropFirst(5).reduce(0) { $0 + $1.value }
        if older > 0 { parts.append("older: \((Double(older) / total).percent)") }
        return parts.joined(separator: ", ") + " (versions behind the weights that they train)"
    }

    private var resumes: String? {
        guard let mean = metric("schedule/resumes_mean"), let most = metric("schedule/resumes_max"), most.maximum > 0
        else { return nil }
        let plays = max(1, metric("schedule/plays")?.sum ?? 0)
        let share = (metric("schedule/resumed_plays")?.sum ?? 0) / plays
        return "\(mean.mean.fixed(2)) a rollout, at most \(most.maximum.fixed(0)); \(share.percent) of the plays "
            + "went on where one was interrupted"
    }

    private var waiting: String? {
        let waiting = summary.untrained[.waiting] ?? .init()
        let ready = summary.untrained[.ready] ?? .init()
        let parts = [
            waiting.rollouts > 0 ? "\(waiting.rollouts) interrupted" : nil,
            ready.rollouts > 0 ? "\(ready.rollouts) that ended and that no step has taken" : nil,
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private var untrained: String? {
        // What began again from its prompt is no longer in the store.
        let restarted = Int(metric("schedule/restarted_tokens")?.sum ?? 0)
        let sampled = summary.statuses.values.reduce(restarted) { $0 + $1.tokens }
        var parts = CollectionSummary.Untrained.allCases.compactMap { kind -> String? in
            guard let amount = summary.untrained[kind], amount.tokens > 0 else { return nil }
            return "\(Double(amount.tokens).compact) \(kind.words)"
        }
        if let masked = summary.maskedTokens, masked > 0 { parts.append("\(Double(masked).compact) masked") }
        if restarted > 0 { parts.append("\(Double(restarted).compact) of rollouts that began again") }
        let untrained = summary.untrained.values.reduce(restarted) { $0 + $1.tokens } + (summary.maskedTokens ?? 0)
        guard !parts.isEmpty else { return nil }
        return "\((Double(untrained) / Double(max(1, sampled))).percent) of the tokens sampled: "
            + parts.joined(separator: ", ")
    }

    private var filterReasons: String? {
        let reasons = summary.filterReasons.sorted { ($1.value.rollouts, $0.key) < ($0.value.rollouts, $1.key) }
        guard !reasons.isEmpty else { return nil }
        let shown = reasons.prefix(3).map { reason, amount in
            "\(amount.rollouts): \(reason.isEmpty ? "no reason given" : reason.shortened(to: 90))"
        }
        let rest = reasons.count - shown.count
        return (shown + (rest > 0 ? ["\(rest) more"] : [])).joined(separator: "; ")
    }

    private var waits: String? {
        guard let batches = metric("time/wait_for_batch_seconds") else { return nil }
        var words = "\(batches.sum.fixed(1)) s for batches (\(batches.mean.fixed(2)) s a step)"
        if let slowest = metric("time/wait_for_slowest_seconds") {
            words += ", of it \(slowest.sum.fixed(1)) s with free slots, for the slowest"
        }
        return words
    }

    private var aborts: String? {
        guard let mean = metric("schedule/abort_seconds_mean"), let most = metric("schedule/abort_seconds_max") else {
            return nil
        }
        return "answered after \((mean.mean * 1_000).fixed(0)) ms, at most \((most.maximum * 1_000).fixed(0)) ms"
    }

    private var refills: String? {
        guard let refills = metric("schedule/refills"), refills.sum > 0 else { return nil }
        return "\(refills.sum.fixed(0)) for filtered groups"
    }

    private var lengths: String? {
        let parts = [
            metric("schedule/length_own_step").map { "\($0.mean.fixed(1)) tokens where begun for their own step" },
            metric("schedule/length_earlier_steps").map { "\($0.mean.fixed(1)) where begun for an earlier one" },
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}

extension CollectionSummary.Untrained {
    fileprivate var words: String {
        switch self {
        case .filtered: "filtered"
        case .failed: "failed"
        case .waiting: "interrupted and waiting"
        case .dropped: "dropped with their group"
        case .ready: "not taken by a step yet"
        }
    }
}

extension CollectionSummary.Amount {
    fileprivate var json: JSONValue { ["rollouts": .integer(rollouts), "tokens": .integer(tokens)] }
}

extension JSONValue {
    fileprivate static func ordered(_ members: [(String, JSONValue)]) -> JSONValue {
        .object(JSONObject(members, uniquingKeysWith: { _, last in last }))
    }
}
