import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym
@testable import whet

@Suite("Parts of whet env")
struct EnvironmentPartsTests {
    static let person = Terminal(isTerminal: true, columns: 60, environment: ["TERM": "xterm", "NO_COLOR": "1"])
    static let pipe = Terminal(isTerminal: false, columns: 0, environment: [:])

    @Test("every environment of the gym says what it practises, each something of its own")
    func summaries() {
        let summaries = EnvironmentCatalog.gym.entries.map(\.summary)
        #expect(summaries.allSatisfy { !$0.isEmpty && !$0.hasSuffix(".") })
        #expect(Set(summaries).count == summaries.count)
    }

    @Test("the list fits a person's terminal, and is whole in a pipe")
    func width() throws {
        let groups = try EnvironmentSources.groups(declaredIn: URL(filePath: "no such folder"))
        let narrow = EnvListCommand.text(of: groups, on: Self.person)
        #expect(narrow.split(separator: "\n").dropLast().dropFirst().allSatisfy { $0.count <= 60 })
        #expect(narrow.contains("…"))
        #expect(!narrow.contains("\u{1B}"))
        let whole = EnvListCommand.text(of: groups, on: Self.pipe)
        #expect(EnvironmentCatalog.gym.entries.map(\.summary).allSatisfy(whole.contains))
    }

    @Test(
        "ranges of levels are read", arguments: [("3", 3...3), ("0..4", 0...4), ("0-4", 0...4), ("1...2", 1...2)])
    func ranges(text: String, levels: ClosedRange<Int>) { #expect(RangeArgument(argument: text)?.range == levels) }

    @Test(
        "what is no range of levels is refused",
        arguments: ["", "x", "4..3", "-1", "1..2..3", "..", "99999999999999999999"])
    func notRanges(text: String) { #expect(RangeArgument(argument: text) == nil) }

    @Test("settings are JSON or text")
    func settings() {
        #expect(EnvironmentSetting(argument: "a=3")?.value == 3)
        #expect(EnvironmentSetting(argument: "a=full")?.value == "full")
        #expect(EnvironmentSetting(argument: "a=b=c")?.value == "b=c")
        #expect(EnvironmentSetting(argument: "=3") == nil)
        #expect(EnvironmentSetting(argument: "a") == nil)
    }

    @Test("a person's answer is scored, over several lines, with tags or without, until they stop")
    func game() async throws {
        let environment = try EnvironmentCatalog.gym.environment(named: "LCM")
        var tasks: [PracticeTask] = []
        for seed in 0..<UInt64(4) { tasks.append(try await environment.task(level: 0, seed: seed)) }
        let right = try await environment.demonstration(of: tasks[1])?.first?.content ?? ""
        let typed = ["", "-5", "", right, "", "/answer", "1", "/quit"]
        var lines = typed[...]
        var game = TerminalGame(environment: environment, terminal: Self.pipe) { lines.popFirst() }
        #expect(try await game.play(tasks[0]))
        #expect(game.solved == 0)
        #expect(try await game.play(tasks[1]))
        #expect(game.solved == 1)
        #expect(try await game.play(tasks[2]) == false)
        #expect(try await game.play(tasks[3]) == false)
        #expect(game.played == 2)
    }

    @Test("the report says what is unsound first, and how to see it")
    func findings() {
        let report = SoundnessReport(
            environment: "e", levels: 0...1,
            findings: [
                .init(check: .variety, severity: .warning, sentence: "few", count: 1, example: nil),
                .init(
                    check: .reference, severity: .error, sentence: "does not pass", count: 2,
                    example: .init(level: 1, seed: 7, answer: "3")),
            ], figures: SoundnessFigures())
        let lines = SoundnessText.findings(of: [report], on: Self.pipe).split(separator: "\n")
        #expect(lines.first == "error: e, reference: does not pass (2 times)")
        #expect(lines.dropFirst().first == "  see: whet env show e --level 1 --seed 7, answer 3")
        #expect(SoundnessText.table(of: [report]).contains("no"))
    }

    @Test("the geometric mean is that of figures")
    func means() { #expect(abs(EnvironmentBenchmark.geometricMean([10, 1000]) - 100) < 1e-9) }
}
