import Testing
import WhetCore

@testable import whet

@Suite("whet bench rollouts")
struct RolloutBenchmarkTests {
    private func run(_ settings: String...) async throws -> (outcome: BuiltCommand.Outcome, figures: [String: Double]) {
        try await inTemporaryFolder { folder in
            let outcome = try BuiltCommand(in: folder).run(
                ["bench", "rollouts", "--json"] + settings.flatMap { ["--set", $0] })
            let figures = try? JSONValue(parsing: outcome.output)["figures"]?.object
            return (outcome, (figures ?? [:]).reduce(into: [:]) { $0[$1.key] = $1.value.double })
        }
    }

    @Test("plays against servers in a process of their own, whet on one processor")
    func confined() async throws {
        // The first that this process may use, for both: there may be no second.
        let processor = (ProcessStatus["Cpus_allowed_list"] ?? "0").prefix { $0.isNumber }
        let (outcome, figures) = try await run(
            "rollouts=64", "concurrency=16", "processor=\(processor)", "server_processor=\(processor)")
        #expect(outcome.code == 0, "\(outcome.complaints)")
        #expect(figures["rollouts"] == 64)
        #expect(figures["in_flight"] == 16)
        for name in ["rollouts_per_second", "rollouts_per_processor_second", "plans_per_second", "peak_megabytes"] {
            #expect(figures[name] ?? 0 > 0, "\(name)")
        }
    }

    @Test("holds back every answer until as many are in flight as are wanted, among several servers")
    func held() async throws {
        let (outcome, figures) = try await run(
            "rollouts=96", "concurrency=48", "held=48", "servers=3", "processor=-1", "server_processor=-1")
        #expect(outcome.code == 0, "\(outcome.complaints)")
        #expect(figures["rollouts"] == 96)
    }

    @Test(
        "refuses settings that cannot be",
        arguments: [("held=513", 1, "nobody would ever be answered"), ("servers=0", 2, "a whole number from 1")])
    func refusals(setting: String, code: Int32, words: String) async throws {
        let (outcome, _) = try await run(setting, "processor=-1")
        #expect(outcome.code == code)
        #expect(outcome.complaints.contains(words), "\(outcome.complaints)")
    }

    @Test("a processor that there is not is said, and ends it")
    func unknownProcessor() async throws {
        let (outcome, _) = try await run("rollouts=8", "processor=-1", "server_processor=1023")
        #expect(outcome.code == 1)
        #expect(outcome.complaints.contains("the canned servers did not start"), "\(outcome.complaints)")
    }
}
