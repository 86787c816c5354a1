import Synchronization
import Testing
import WhetCore
import WhetTraining

@testable import whet

/// Collects what a display writes.
private final class Recorder: Sendable {
    private let parts = Mutex<[String]>([])
    var text: String { parts.withLock { $0.joined() } }
    func write(_ part: String) { parts.withLock { $0.append(part) } }
}

@Suite("What a training shows")
struct DisplayTests {
    private static let events: [TrainingEvent] = [
        .runStarted(.init(run: "20261121-043000-quickstart", store: "runs/whet.sqlite", steps: 4)),
        .warmupStep(.init(step: 60, of: 60, loss: 0.912, tokens: 2_000, seconds: 0.1)),
        .evaluated(.init(step: 0, accuracy: 0.31, problems: 200)),
        .stepFinished(
            .init(
                step: 1, of: 4, reward: 0.2, solved: 0.3, loss: -0.01, metrics: ["train/loss": -0.01], rollouts: 256,
                tokens: 8_200, seconds: 1)),
        .published(PolicyVersion(1)),
        .notice("the server was slow"),
        .stepFinished(
            .init(step: 2, of: 4, reward: 0.6, solved: 0.7, loss: .nan, rollouts: 256, tokens: 8_200, seconds: 3)),
        .evaluated(.init(step: 4, accuracy: 0.9, problems: 200)),
        .finished(
            .init(
                run: "20261121-043000-quickstart", store: "runs/whet.sqlite", seconds: 171.4, before: 0.31, after: 0.9)),
    ]

    private static let person = Terminal(
        isTerminal: true, columns: 80, environment: ["TERM": "xterm", "NO_COLOR": "1"])
    private static let pipe = Terminal(isTerminal: false, columns: 0, environment: [:])

    private func show(_ mode: ProgressDisplay.Mode) -> (output: String, screen: String) {
        let (output, screen) = (Recorder(), Recorder())
        let display = ProgressDisplay(
            mode: mode, summaryTerminal: Self.pipe, output: { output.write($0) }, screen: { screen.write($0) })
        for event in Self.events { display.show(event) }
        return (output.text, screen.text)
    }

    @Test("a program reads an object a line, the last as docs/cli.md says")
    func json() throws {
        let (output, screen) = show(.json)
        #expect(screen.isEmpty)
        let lines = try output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(
            lines.map { $0["event"]?.string } == [
                "started", "warmup", "evaluated", "step", "published", "notice", "step", "evaluated", "finished",
            ])
        #expect(
            lines.last == [
                "event": "finished", "run": "20261121-043000-quickstart", "store": "runs/whet.sqlite", "seconds": 171.4,
                "evaluation": ["before": 0.31, "after": 0.9],
            ])
        #expect(lines[6]["loss"] == .null)
    }

    @Test("a pipe gets plain lines and no control characters")
    func plain() {
        let (output, screen) = show(.plain)
        #expect(screen.contains("step 2/4  reward 0.600  solved 70.0 %  loss –  3.00 s  2.7k tokens/s  4 s left\n"))
        #expect(screen.contains("held out after step 4: 90.0 % of 200 problems\n"))
        #expect(output.contains("held-out accuracy 31.0 % → 90.0 % in 2 min 51 s"))
        #expect(output.contains("whet rollouts list --run 20261121-043000-quickstart"))
        #expect(!(screen + output).unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    }

    @Test("a person gets one screen, drawn over itself")
    func live() {
        let (_, screen) = show(.live(Self.person))
        let frames = screen.components(separatedBy: "\u{1B}[J")
        #expect(frames.count == Self.events.count)
        let last = frames[frames.count - 1]
        for words in ["warm-up", "training", "2/4", "held out", "90.0 %", "was 31.0 %", "reward", "2.7k tokens/s"] {
            #expect(last.contains(words), "\(words) in \(last)")
        }
        // Each frame takes back exactly the lines of the one before.
        for (frame, next) in zip(frames, frames.dropFirst()) {
            let lines = frame.split(separator: "\n", omittingEmptySubsequences: false)
            let drawn = lines.count - 1
            #expect(lines.last?.hasPrefix("\u{1B}[\(drawn)A") == true, "\(next.count)")
        }
    }

    @Test("no line is wider than the terminal", arguments: [20, 40, 57, 80, 200])
    func width(_ columns: Int) {
        let terminal = Terminal(isTerminal: true, columns: columns, environment: ["TERM": "xterm", "NO_COLOR": "1"])
        var progress = TrainingProgress()
        for event in Self.events {
            progress.apply(event)
            for line in LiveScreen.lines(progress, on: terminal) { #expect(line.count < columns, "\(line)") }
        }
        let points = [
            AccuracyPlot.Point(step: 0, share: 0.3), .init(step: 20, share: 0.7), .init(step: 40, share: 0.95),
        ]
        for line in AccuracyPlot.lines(points, width: columns) { #expect(line.count <= columns) }
    }

    @Test("colors are for terminals whose user has not said no")
    func colors() {
        #expect(Terminal(isTerminal: true, columns: 80, environment: ["TERM": "xterm"]).hasColors)
        #expect(!Terminal(isTerminal: true, columns: 80, environment: ["TERM": "xterm", "NO_COLOR": "1"]).hasColors)
        #expect(Terminal(isTerminal: true, columns: 80, environment: ["TERM": "xterm", "NO_COLOR": ""]).hasColors)
        #expect(!Terminal(isTerminal: false, columns: 0, environment: ["TERM": "xterm"]).hasColors)
        let dumb = Terminal(isTerminal: true, columns: 0, environment: ["TERM": "dumb"])
        #expect(!dumb.isInteractive && dumb.width == 80)
    }

    @Test(
        "a bar is as wide as asked for, whatever the share", arguments: [0, 0.01, 0.5, 0.99, 1, 7, -1, .nan, .infinity])
    func bar(_ share: Double) {
        #expect(Bar.filled(share, width: 12).count == 12)
    }

    @Test("a bar and a curve show what they mean")
    func shapes() {
        #expect(Bar.filled(0.5, width: 4) == "██░░")
        #expect(Bar.filled(0.3125, width: 2) == "▋░")
        #expect(Bar.curve([0, 1, 0.5], width: 10) == "▁█▅")
        #expect(Bar.curve([3, 3], width: 10) == "▄▄")
        #expect(Bar.curve([1, 2, 3], width: 2) == "▁█")
        #expect(Bar.curve([.nan], width: 5).isEmpty)
    }

    @Test("a plot rises from its lower left to its upper right")
    func plot() {
        let lines = AccuracyPlot.lines([.init(step: 0, share: 0), .init(step: 10, share: 1)], width: 30, height: 4)
        #expect(lines.count == 5)
        #expect(lines[0].last == "⠋" || lines[0].last != "\u{2800}")
        #expect(lines[0].dropFirst(7).first == "\u{2800}")
        #expect(lines[3].dropFirst(7).first != "\u{2800}")
        #expect(lines[3].last == "\u{2800}")
        #expect(AccuracyPlot.lines([.init(step: 0, share: 0.5)], width: 80).isEmpty)
        #expect(AccuracyPlot.lines([.init(step: 3, share: 0.5), .init(step: 3, share: 0.6)], width: 80).isEmpty)
    }

    @Test("numbers are short and never wrong")
    func numbers() {
        #expect(8_249.0.compact == "8.2k")
        #expect(999.7.compact == "1.0k")
        #expect(12_345.0.compact == "12k")
        #expect(2_500_000.0.compact == "2.5M")
        #expect(59.6.duration == "1 min 00 s")
        #expect(3_725.0.duration == "1 h 02 min")
        #expect(Double.nan.duration == "–")
        #expect(0.3149.percent == "31.5 %")
        #expect(1_000.0.timestamp == "1970-01-01 00:16:40")
    }
}
