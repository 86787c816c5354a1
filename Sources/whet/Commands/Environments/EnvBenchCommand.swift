import ArgumentParser
import WhetCore
import WhetEnvironments

struct EnvBenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Time environments: problems generated and answers scored a second a core.",
        discussion: """
            Without names, every procedural environment. Of others whole tasks and episodes are timed, many at a time, \
            as in a run.
            """)

    @Argument(help: "Environments, as `whet env list` names them.") var names: [String] = []
    @Option(help: "How long each of the two is measured.") var seconds = 0.2
    @Flag(help: "One JSON object an environment, then one with the figures.") var json = false

    func validate() throws {
        guard seconds > 0, seconds <= 3600 else { throw ValidationError("--seconds is above 0 and at most 3600") }
    }

    func run() async throws {
        let sources = try chosen()
        let entries = sources.map(\.entry)
        var rates: [EnvironmentBenchmark.Rates] = []
        for source in sources {
            Output.complain("timing \(source.entry.name)")
            let measured = try await self.rates(of: source)
            rates.append(measured)
            if json { Output.json(measured.json) }
        }
        Output.complain("timing the pool")
        let pooled = try await PoolBenchmark.figures(
            of: entries.filter { $0.procedural != nil }, for: .seconds(seconds))
        let means = EnvironmentBenchmark.means(of: rates)
        if json {
            Output.json([
                "figures": [
                    "generated_per_second": .number(means.generated), "scored_per_second": .number(means.scored),
                    "environments": .integer(rates.count),
                    "pool": pooled.json,
                ]
            ])
            return
        }
        var table = Table(("environment", .left), ("generated/s", .right), ("scored/s", .right))
        for rate in rates { table.add(rate.name, rate.generated.whole, rate.scored.whole) }
        table.add("geometric mean", means.generated.whole, means.scored.whole)
        // The peer was timed as procedural environments are: without what is round a problem.
        guard entries.allSatisfy({ $0.procedural != nil }) else { return Output.text(table.text) }
        let peer = EnvironmentBenchmark.peer
        table.add(peer.name, peer.generated.whole, peer.scored.whole)
        Output.text(table.text)
        Output.line(
            "\((means.generated / peer.generated).fixed(1)) times \(peer.name)'s problems, "
                + "\((means.scored / peer.scored).fixed(1)) times its scores")
        Output.line(
            "whole tasks through a pool of \(pooled.threads) threads: \(pooled.tasks.whole) made and "
                + "\(pooled.scores.whole) scored a second in batches; \(pooled.single.whole) scored one by one, "
                + "a hop to a thread and back taking \((pooled.hop * 1e6).fixed(1)) µs")
    }

    private func chosen() throws -> [EnvironmentSources.Source] {
        if names.isEmpty {
            return try EnvironmentSources.groups().flatMap(\.sources).filter { $0.entry.procedural != nil }
        }
        do { return try names.map(EnvironmentSources.source(named:)) } catch let error as WhetError {
            throw UsageError(error)
        }
    }

    /// Of problems and answers alone where it is procedural, of whole tasks and episodes otherwise.
    private func rates(of source: EnvironmentSources.Source) async throws -> EnvironmentBenchmark.Rates {
        if source.entry.procedural != nil {
            return try EnvironmentBenchmark.rates(of: source.entry, for: .seconds(seconds))
        }
        let environment = try await source.prepared()
        let levels = await source.levels(upTo: 4, of: environment)
        return try await TaskBenchmark(environment: environment, levels: levels).rates(for: .seconds(seconds))
    }
}

extension EnvironmentBenchmark.Rates {
    fileprivate var json: JSONValue {
        [
            "environment": .string(name), "generated_per_second": .number(generated),
            "scored_per_second": .number(scored),
        ]
    }
}

extension Double {
    /// "61,234".
    fileprivate var whole: String {
        guard isFinite, abs(self) < 1e15 else { return "–" }
        let digits = Array(String(Int(rounded())))
        return String(
            digits.indices.flatMap { place -> [Character] in
                let isGap = place > 0 && (digits.count - place).isMultiple(of: 3)
                return isGap ? [",", digits[place]] : [digits[place]]
            })
    }
}
