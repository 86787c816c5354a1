import WhetCore

/// Proves, as far as trying can, that an environment teaches what it says: `whet env check`.
///
/// It makes problems of all levels asked for, twice and from two instances, and answers each rightly, nearly rightly,
/// senselessly and maliciously (`SoundnessReport.Check` lists what has to hold, `SoundnessBounds` from where on it does
/// not). It knows nothing of the problems: only what is true of every sound environment is looked at.
///
/// Keeps: the same environment, seeds and levels give the same findings, but for times. Nothing that the environment
/// throws ends the check; it is a finding. A crash of the process is not caught: an environment that crashes ends the
/// program that checks it, as it would end a training.
public struct SoundnessCheck: Sendable {
    let name: String
    let claims: EnvironmentClaims
    let bounds: SoundnessBounds
    let now: @Sendable () -> Duration
    let make: @Sendable () throws -> any Environment

    /// - Parameters:
    ///   - name: what the report calls the environment.
    ///   - claims: what it states about itself.
    ///   - now: the time since any moment; tests bring their own.
    ///   - make: a new instance, every time.
    init(
        _ name: String, claims: EnvironmentClaims = EnvironmentClaims(), bounds: SoundnessBounds = SoundnessBounds(),
        now: @escaping @Sendable () -> Duration = SoundnessCheck.continuousTime(),
        make: @escaping @Sendable () throws -> any Environment
    ) {
        self.name = name
        self.claims = claims
        self.bounds = bounds
        self.now = now
        self.make = make
    }

    /// Of an environment of a catalog.
    public init(_ entry: EnvironmentCatalog.Entry, options: JSONObject = EnvironmentOptions.noneGiven) {
        self.init(entry, options: options, bounds: SoundnessBounds())
    }

    init(
        _ entry: EnvironmentCatalog.Entry, options: JSONObject = EnvironmentOptions.noneGiven, bounds: SoundnessBounds
    ) {
        self.init(entry.name, claims: entry.claims, bounds: bounds) {
            try entry.environment(options: options)
        }
    }

    /// Time that passes also while the machine sleeps.
    static func continuousTime() -> @Sendable () -> Duration {
        let start = ContinuousClock.now
        return { ContinuousClock.now - start }
    }

    /// - Parameters:
    ///   - seeds: how many problems of each level; their seeds are 0, 1, ….
    ///   - levels: each is looked at.
    ///   - progress: hears what is about to be done, so that who waits for something that hangs sees where.
    /// - Throws: what making an instance throws; `CancellationError`.
    public func report(
        seeds: Int, levels: ClosedRange<Int>, progress: @Sendable (String) -> Void = { _ in }
    ) async throws -> SoundnessReport {
        var ledger = SoundnessLedger()
        var leaks = PromptLeaks(bounds: bounds, secrets: claims.secrets)
        let first = try make()
        let second = try make()
        for case let external as any ExternalEnvironment in [first, second] {
            // Starting a program is not part of making a problem; what is wrong with it shows with the first one.
            _ = try? await external.prepare()
        }
        let hostile = HostileAnswer.all(huge: bounds.hugeAnswer)
        for level in levels {
            try Task.checkCancellation()
            progress("\(name), level \(level): \(seeds) problems")
            let tasks = try await generate(level: level, seeds: seeds, first, second, &ledger)
            var probe = AnswerProbe(check: self, environment: second, hostile: hostile, ledger: ledger)
            try await probe.run(tasks) { leaks.look(at: $0, reference: $1) }
            ledger = probe.ledger
            try await probeChance(level, probe.games, second, &ledger)
        }
        ledger.append(leaks.findings)
        ledger.judgeShares(bounds, isChance: claims.leavesToChance)
        ledger.finish()
        return SoundnessReport(environment: name, levels: levels, findings: ledger.findings, figures: ledger.figures)
    }
}

extension SoundnessCheck {
    /// Where chance decides as well.
    private func probeChance(
        _ level: Int, _ games: [ChanceProbe.Game], _ environment: any Environment, _ ledger: inout SoundnessLedger
    ) async throws {
        guard claims.leavesToChance else { return }
        guard let rewards = claims.rewards, rewards.lowerBound < rewards.upperBound else {
            ledger.report(
                .chance, "chance decides, but the range of rewards is not stated, so nothing can be proved of averages")
            return
        }
        let probe = ChanceProbe(check: self, environment: environment, level: level, rewards: rewards)
        try await probe.run(games, &ledger)
    }

    func reportOutside(
        _ range: ClosedRange<Double>, _ example: SoundnessReport.Example, _ ledger: inout SoundnessLedger
    ) {
        ledger.report(
            .rewards, "a reward lies outside the declared range of \(range.lowerBound) to \(range.upperBound)", example)
    }

    /// The problems of a level, compared with those that another instance makes in the opposite order.
    private func generate(
        level: Int, seeds: Int, _ first: any Environment, _ second: any Environment, _ ledger: inout SoundnessLedger
    ) async throws -> [PracticeTask] {
        var tasks: [PracticeTask] = []
        for seed in 0..<UInt64(max(0, seeds)) {
            try Task.checkCancellation()
            let example = SoundnessReport.Example(level: level, seed: seed)
            let start = now()
            do {
                tasks.append(try await first.task(level: level, seed: seed))
            } catch {
                ledger.report(.tasks, "a problem cannot be made: \(firstLine(error))", example)
            }
            let time = now() - start
            ledger.generated(in: time)
            if time > bounds.generation {
                ledger.report(.time, "making a problem takes over \(bounds.generation)", example)
            }
        }
        for task in tasks { look(at: task, level: level, first, &ledger) }
        for task in tasks.reversed() {
            try Task.checkCancellation()
            let example = SoundnessReport.Example(level: level, seed: task.seed)
            for (instance, whose) in [(first, "the same instance"), (second, "another instance")] {
                guard let again = try? await instance.task(level: level, seed: task.seed), again == task else {
                    ledger.report(
                        .reproducibility, "\(whose) makes another problem of the same level and seed", example)
                    continue
                }
            }
        }
        let different = Set(tasks.map(\.messages)).count
        if tasks.count > 1 {
            ledger.figures.distinct = min(ledger.figures.distinct, Double(different) / Double(tasks.count))
            if different == 1 {
                ledger.report(
                    .variety, "all \(tasks.count) seeds of level \(level) give the same problem",
                    .init(level: level, seed: tasks[0].seed))
            } else if different < min(10, tasks.count / 2) {
                ledger.report(
                    .variety, "level \(level) has \(different) different problems in \(tasks.count) seeds",
                    .init(level: level, seed: tasks[0].seed), severity: .warning)
            }
        }
        return tasks
    }

    private func look(
        at task: PracticeTask, level: Int, _ environment: any Environment, _ ledger: inout SoundnessLedger
    ) {
        let example = SoundnessReport.Example(level: level, seed: task.seed)
        if task.environment != environment.name || task.level != level {
            ledger.report(
                .tasks, "a task says that it is of \(task.environment), level \(task.level), which it is not", example)
        }
        if task.messages.isEmpty || task.messages.allSatisfy({ $0.content.allSatisfy(\.isWhitespace) }) {
            ledger.report(.tasks, "a task has nothing for the policy to read", example)
        } else if task.messages.last?.role == .assistant {
            ledger.report(.tasks, "a task opens with the policy's own message last", example)
        }
        if (try? JSONValue(parsing: task.problem.text())) != task.problem {
            ledger.report(.tasks, "a problem is another one after it was stored and read back", example)
        }
        ledger.figures.longestPrompt = max(
            ledger.figures.longestPrompt, task.messages.reduce(0) { $0 + $1.content.utf8.count })
    }

    func firstLine(_ error: any Error) -> String {
        "\(error)".split(separator: "\n").first.map { String($0.prefix(200)) } ?? "an error without words"
    }
}
