import ArgumentParser
import Foundation
import WhetCore
import WhetEnvironments

struct EnvCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Prove that environments are sound, over many problems.",
        discussion: """
            Looks at: \(SoundnessReport.Check.allCases.map(\.rawValue).joined(separator: ", ")). Exit code 1 if an \
            environment is unsound.
            """)

    @Argument(help: "Environments, as `whet env list` names them.") var names: [String] = []
    @Flag(help: "Every environment there is.") var all = false
    @OptionGroup var settings: EnvironmentSettings
    @Option(help: "Problems of each level.") var seeds = 400
    @Option(help: ArgumentHelp("A level, or a range of them; otherwise 0 to 4.", valueName: "level or first..last"))
    var levels: RangeArgument?
    @Option(help: "How many environments are checked at a time; otherwise one a core.") var jobs: Int?
    @Flag(help: "One JSON object an environment.") var json = false

    func validate() throws {
        guard all != !names.isEmpty else { throw ValidationError("name environments, or say --all") }
        guard seeds > 0, jobs ?? 1 > 0 else { throw ValidationError("--seeds and --jobs are at least 1") }
        guard settings.options.isEmpty || names.count == 1 else {
            throw ValidationError("--options are for one environment")
        }
    }

    func run() async throws {
        let sources = try chosen()
        // What the command line says wrong is said before work starts.
        for source in sources where !all {
            _ = try settings.environment(of: source)
            if let levels { try source.check(levels.range) }
        }
        let reports = try await reports(of: sources)
        if !json {
            let terminal = Terminal.detect(1)
            Output.text(SoundnessText.table(of: reports))
            Output.text(SoundnessText.comparisons(of: reports))
            Output.text(SoundnessText.findings(of: reports, on: terminal))
            Output.line("\(reports.count(where: \.isSound)) of \(reports.count) are sound")
        }
        if !reports.allSatisfy(\.isSound) { throw ExitCode(CommandRunner.Code.failure) }
    }

    private func chosen() throws -> [EnvironmentSources.Source] {
        if all { return try EnvironmentSources.groups().flatMap(\.sources) }
        do { return try names.map(EnvironmentSources.source(named:)) } catch let error as WhetError {
            throw UsageError(error)
        }
    }

    /// In the order of `sources`, so many at a time.
    private func reports(of sources: [EnvironmentSources.Source]) async throws -> [SoundnessReport] {
        let width = jobs ?? ProcessInfo.processInfo.activeProcessorCount
        var reports = [SoundnessReport?](repeating: nil, count: sources.count)
        var printed = 0
        try await withThrowingTaskGroup(of: (Int, SoundnessReport).self) { group in
            var next = 0
            var done = 0
            while done < sources.count {
                while next < sources.count, next - done < width {
                    group.addTask { [index = next] in (index, try await report(on: sources[index])) }
                    next += 1
                }
                guard let (index, report) = try await group.next() else { break }
                done += 1
                reports[index] = report
                let verdict = report.isSound ? "sound" : "unsound"
                Output.complain("\(done) of \(sources.count): \(report.environment) is \(verdict)")
                while json, printed < reports.count, let report = reports[printed] {
                    Output.json(report.json)
                    printed += 1
                }
            }
        }
        return reports.compactMap(\.self)
    }

    private func report(on source: EnvironmentSources.Source) async throws -> SoundnessReport {
        let environment = try settings.environment(of: source)
        let standard = await source.levels(upTo: 4, of: environment)
        var range = levels?.range ?? standard
        // With --all, those that do not go so far are checked as far as they go.
        if let maximum = source.maximumLevel { range = min(range.lowerBound, maximum)...min(range.upperBound, maximum) }
        return try await SoundnessCheck(source.entry, options: settings.values)
            .report(seeds: seeds, levels: range)
    }
}

/// Reports on soundness for a person.
enum SoundnessText {
    static func table(of reports: [SoundnessReport]) -> String {
        var table = Table(
            ("environment", .left), ("sound", .left), ("levels", .left), ("problems", .right), ("answers", .right),
            ("different", .right), ("altered pass", .right), ("trivial pass", .right), ("made p50", .right),
            ("p99", .right),
            ("max ms", .right), ("scored max", .right))
        for report in reports {
            let figures = report.figures
            table.add(
                report.environment, report.isSound ? "yes" : "no", report.levels.dashed, "\(figures.problems)",
                "\(figures.answers)", figures.distinct.percent, figures.alteredPassing.value.percent,
                (figures.mostPassing?.passing.value).percent, (figures.generation.median * 1_000).fixed(2),
                (figures.generation.percentile99 * 1_000).fixed(2), (figures.generation.maximum * 1_000).fixed(2),
                (figures.scoring.maximum * 1_000).fixed(1))
        }
        return table.text
    }

    /// Where chance decides as well: how sure it is that skill pays, by the closest comparison.
    static func comparisons(of reports: [SoundnessReport]) -> String {
        var table = Table(
            ("where chance decides", .left), ("proved", .right), ("games", .right),
            ("closest to demonstrations", .left),
            ("earns", .right), ("they earn", .right))
        let judged = reports.filter { !$0.figures.comparisons.isEmpty }
        for report in judged {
            let comparisons = report.figures.comparisons
            guard let closest = report.figures.closest else { continue }
            table.add(
                report.environment, "\(comparisons.count(where: \.isProved)) of \(comparisons.count)",
                "\(comparisons.reduce(0) { $0 + $1.games })", "level \(closest.level), \(closest.player)",
                closest.other.fixed(3), closest.demonstration.fixed(3))
        }
        return judged.isEmpty ? "" : table.text
    }

    /// The gravest first; of a sentence that holds for many problems the first.
    static func findings(of reports: [SoundnessReport], on terminal: Terminal) -> String {
        var lines: [String] = []
        for severity in SoundnessReport.Severity.allCases {
            for report in reports {
                for finding in report.findings where finding.severity == severity {
                    let label = terminal.styled(severity.rawValue, severity == .error ? .red : .dim)
                    let count = finding.count > 1 ? " (\(finding.count) times)" : ""
                    let place = "\(report.environment), \(finding.check.rawValue)"
                    lines.append("\(label): \(place): \(finding.sentence)\(count)")
                    guard let example = finding.example else { continue }
                    let answer = example.answer.map { ", answer \($0.shortened(to: 60))" } ?? ""
                    let options = "--level \(example.level) --seed \(example.seed)"
                    lines.append("  see: whet env show \(report.environment) \(options)\(answer)")
                }
            }
        }
        return lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
    }
}
