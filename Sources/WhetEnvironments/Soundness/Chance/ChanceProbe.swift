import WhetCore

/// Proves that demonstrations show skill where chance decides as well: on every level they earn more, on the same
/// problems, than each player that does not think.
///
/// Problems are played until it is proved or refuted (`BettingTest`), or there have been too many to believe in it.
/// What the environment claims of demonstrations is held against all of them.
struct ChanceProbe: Sendable {
    let check: SoundnessCheck
    let environment: any Environment
    let level: Int
    let rewards: ClosedRange<Double>

    /// A problem played by its demonstration.
    struct Game {
        let task: PracticeTask
        let policy: ReferencePolicy
        let reward: Double
    }

    /// - Parameter games: of the first problems, in the order of their seeds; more are played as they are needed.
    /// - Throws: `CancellationError` alone.
    func run(_ games: [Game], _ ledger: inout SoundnessLedger) async throws {
        // What lies outside was found already; it proves nothing.
        var games = games.filter { rewards.contains($0.reward) }
        guard games.count > 1 else {
            ledger.report(
                .chance, "too few problems of level \(level) have a demonstration to show that skill pays",
                .init(level: level, seed: 0))
            return
        }
        let repertoire = MoveRepertoire(games.map(\.policy), turns: check.bounds.turns)
        let play = ThoughtlessPlay(environment: environment, repertoire: repertoire)
        for player in repertoire.players {
            try await compare(with: player, play, &games, &ledger)
        }
        holdToClaims(games, &ledger)
    }

    private func compare(
        with player: ThoughtlessPlayer, _ play: ThoughtlessPlay, _ games: inout [Game], _ ledger: inout SoundnessLedger
    ) async throws {
        let bounds = check.bounds
        let margin = bounds.margin * (rewards.upperBound - rewards.lowerBound)
        var comparison = PairedComparison(rewards: rewards, margin: margin)
        // Where no game was looked for yet, or none found.
        var seed = games.last.map { $0.task.seed + 1 } ?? 0
        var index = 0
        while comparison.verdict(bounds.alpha) == .open, index < bounds.mostGames {
            try Task.checkCancellation()
            if index == games.count {
                guard seed < UInt64(2 * bounds.mostGames) else { break }
                defer { seed += 1 }
                guard let task = try? await environment.task(level: level, seed: seed),
                    let game = try await game(task, &ledger)
                else { continue }
                games.append(game)
            }
            let game = games[index]
            let other = games[index == 0 ? games.count - 1 : index - 1].policy
            index += 1
            do {
                let reward = try await play.reward(player, of: game.task, other: other)
                ledger.saw(reward: reward)
                // What lies outside was found already, or is now; it proves nothing.
                guard isInRange(reward, game.task, &ledger) else { continue }
                comparison.observe(game.reward, reward)
            } catch let error as CancellationError {
                throw error
            } catch {
                ledger.report(
                    .chance, "\(player.name) gets no score: \(check.firstLine(error))",
                    .init(level: level, seed: game.task.seed))
            }
        }
        conclude(player, comparison, &ledger)
    }

    private func conclude(
        _ player: ThoughtlessPlayer, _ comparison: PairedComparison, _ ledger: inout SoundnessLedger
    ) {
        let verdict = comparison.verdict(check.bounds.alpha)
        let means = comparison.means
        ledger.figures.comparisons.append(
            .init(
                level: level, player: player.name, games: comparison.count, demonstration: means.first,
                other: means.second, isProved: verdict == .more))
        guard verdict != .more else { return }
        let figures = "\(means.first.short) against \(means.second.short) in \(comparison.count) games"
        ledger.report(
            .chance,
            verdict == .notMore
                ? "on level \(level) the demonstrations earn no more than \(player.name): \(figures)"
                : "on level \(level) it is not sure that the demonstrations earn more than \(player.name): \(figures)",
            .init(level: level, seed: 0))
    }

    /// One more; nil where the problem has no demonstration, which is reported elsewhere.
    private func game(_ task: PracticeTask, _ ledger: inout SoundnessLedger) async throws -> Game? {
        try Task.checkCancellation()
        guard let demonstration = try? await environment.demonstration(of: task),
            let policy = ReferencePolicy(demonstration: demonstration),
            let score = try? await environment.score(task.messages + demonstration, of: task),
            isInRange(score.reward, task, &ledger)
        else { return nil }
        return Game(task: task, policy: policy, reward: score.reward)
    }

    private func isInRange(_ reward: Double, _ task: PracticeTask, _ ledger: inout SoundnessLedger) -> Bool {
        if rewards.contains(reward) { return true }
        check.reportOutside(rewards, .init(level: level, seed: task.seed), &ledger)
        return false
    }

    private func holdToClaims(_ games: [Game], _ ledger: inout SoundnessLedger) {
        guard case .chance(let worst, let mean) = check.claims.outcome else { return }
        if let worst {
            for game in games where game.reward < worst - 1e-9 {
                ledger.report(
                    .chance, "a demonstration earns less than \(worst.short), which is said to be the worst",
                    .init(level: level, seed: game.task.seed))
            }
        }
        if let mean {
            // The rewards mirrored, so that it is proved that the mean lies below.
            var test = BettingTest(meanAbove: -mean, range: -rewards.upperBound ... -rewards.lowerBound)
            for game in games { test.observe(-game.reward) }
            if test.isProved(check.bounds.alpha) {
                let average = games.reduce(0) { $0 + $1.reward } / Double(games.count)
                ledger.report(
                    .chance,
                    "on level \(level) the demonstrations earn \(average.short) on average in \(games.count) games, "
                        + "not \(mean.short) or more as is claimed", .init(level: level, seed: 0))
            }
        }
    }
}

extension Double {
    /// "0.25".
    fileprivate var short: String { "\((self * 1000).rounded() / 1000)" }
}
