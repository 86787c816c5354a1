import Testing
import WhetCore
import WhetTraining

@testable import WhetStore
@testable import whet

@Suite("What is said of how rollouts were collected")
struct CollectionReportTests {
    private static var summary: CollectionSummary {
        var summary = CollectionSummary()
        summary.statuses = [
            .completed: .init(rollouts: 6, tokens: 700), .filtered: .init(rollouts: 2, tokens: 200),
            .aborted: .init(rollouts: 1, tokens: 100),
        ]
        summary.untrained = [.filtered: .init(rollouts: 2, tokens: 200), .waiting: .init(rollouts: 1, tokens: 100)]
        summary.filterReasons = ["all rewards are #": .init(rollouts: 2, tokens: 200)]
        summary.tokensByLag = [0: 750, 1: 200, 9: 50]
        summary.maskedTokens = 50
        func metric(_ sum: Double, _ maximum: Double) -> CollectionSummary.Metric {
            .init(steps: 2, sum: sum, mean: sum / 2, maximum: maximum, last: maximum)
        }
        summary.metrics = [
            "schedule/resumes_mean": metric(0.5, 0.5), "schedule/resumes_max": metric(3, 2),
            "schedule/plays": metric(10, 5), "schedule/resumed_plays": metric(4, 3), "schedule/refills": metric(1, 1),
            "time/wait_for_batch_seconds": metric(8, 5), "time/wait_for_slowest_seconds": metric(2, 2),
            "schedule/abort_seconds_mean": metric(0.04, 0.03), "schedule/abort_seconds_max": metric(0.3, 0.2),
            "schedule/length_own_step": metric(20, 12), "schedule/restarted_tokens": metric(30, 30),
        ]
        return summary
    }

    @Test("a person reads a line a subject")
    func text() {
        let text = CollectionReport(mode: "april", summary: Self.summary).text
        #expect(
            text == """

                collection
                  mode           april
                  rollouts       9: 6 completed, 1 aborted, 2 filtered
                  tokens by lag  0: 75.0 %, 1: 20.0 %, 9: 5.0 % (versions behind the weights that they train)
                  resumes        0.25 a rollout, at most 2; 40.0 % of the plays went on where one was interrupted
                  waiting now    1 interrupted
                  never trained  36.9 % of the tokens sampled: 200 filtered, 100 interrupted and waiting, 50 masked, \
                30 of rollouts that began again
                  filtered       2: all rewards are #
                  time waiting   8.0 s for batches (4.00 s a step), of it 2.0 s with free slots, for the slowest
                  aborts         answered after 20 ms, at most 200 ms
                  length         10.0 tokens where begun for their own step
                  refills        1 for filtered groups

                """)
    }

    @Test("a program reads all of it")
    func json() {
        let json = CollectionReport(mode: "april", summary: Self.summary).json
        #expect(json["mode"] == "april")
        #expect(json["rollouts"]?["completed"] == ["rollouts": 6, "tokens": 700])
        #expect(json["tokens_by_lag"] == ["0": 750, "1": 200, "9": 50])
        #expect(json["off_policy_share"]?.double == 0.25)
        #expect(json["untrained"]?["waiting"]?["tokens"] == 100)
        #expect(json["untrained"]?["failed"]?["tokens"] == 0)
        #expect(json["filter_reasons"]?["all rewards are #"]?["rollouts"] == 2)
        #expect(json["masked_tokens"] == 50)
        #expect(json["metrics"]?["schedule/plays"]?["sum"]?.double == 10)
    }

    @Test("a run without rollouts has no such part; a synchronous one only what there is")
    func little() {
        #expect(CollectionReport(mode: nil, summary: .init()).text.isEmpty)
        var summary = CollectionSummary()
        summary.statuses = [.completed: .init(rollouts: 2, tokens: 10)]
        summary.tokensByLag = [0: 10]
        summary.maskedTokens = 0
        let lines = CollectionReport(mode: nil, summary: summary).text.split(separator: "\n")
        #expect(lines.count == 4 && lines[0] == "collection")
        for (line, name) in zip(lines.dropFirst(), ["mode", "rollouts", "tokens by lag"]) {
            #expect(line.hasPrefix("  \(name) "))
        }
        #expect(CollectionReport(mode: nil, summary: .init()).json["masked_tokens"] == .null)
    }

    private func step(_ metrics: [String: Double]) -> TrainingEvent {
        .stepFinished(
            .init(
                step: 1, of: 4, reward: 0.2, solved: 0.3, loss: 0, metrics: metrics, rollouts: 8, tokens: 80,
                seconds: 1))
    }

    @Test("the screen says nothing of it while nothing overlaps")
    func synchronous() {
        var progress = TrainingProgress()
        progress.apply(
            step([
                "schedule/ready_groups": 0, "schedule/interrupted_rollouts": 0, "schedule/off_policy_share": 0,
                "schedule/plays": 8, "schedule/resumes_mean": 0, "schedule/resumes_max": 0,
            ]))
        #expect(progress.collection == nil)
    }

    @Test("the screen and the plain lines say it from the first step that shares rollouts with another")
    func overlapped() {
        let terminal = Terminal(isTerminal: true, columns: 80, environment: ["TERM": "xterm", "NO_COLOR": "1"])
        var progress = TrainingProgress()
        let first = step(["schedule/ready_groups": 4, "schedule/interrupted_rollouts": 12])
        progress.apply(first)
        #expect(progress.collection == "4 ready, 12 interrupted, 0 % off policy, 0.00 resumes")
        #expect(LiveScreen.lines(progress, on: terminal).contains { $0.hasPrefix("rollouts  4 ready, 12 interrupted") })
        #expect(PlainLines.line(first, after: progress)?.contains("  4 ready, 12 interrupted") == true)
        progress.apply(step(["schedule/off_policy_share": 0.314, "schedule/resumes_mean": 0.25]))
        #expect(progress.collection == "0 ready, 0 interrupted, 31 % off policy, 0.25 resumes")
        progress.apply(step([:]))
        #expect(progress.collection != nil)
        for width in [10, 20, 40, 80] {
            let narrow = Terminal(isTerminal: true, columns: width, environment: ["TERM": "xterm", "NO_COLOR": "1"])
            let line = LiveScreen.lines(progress, on: narrow).first { $0.hasPrefix("rollouts") } ?? ""
            #expect(line.count < max(width, 12), "\(line)")
        }
    }
}
