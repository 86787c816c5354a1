import Foundation
import Synchronization
import WhetTraining

/// Shows a run's events: a live screen on a terminal, plain lines in a pipe, JSON lines for programs.
///
/// Keeps: JSON lines go to standard output and nothing else does with them; the screen and the plain lines go to
/// standard error, and only the summary at the end to standard output.
final class ProgressDisplay: Sendable {
    enum Mode: Sendable {
        case live(Terminal)
        case plain
        case json

        /// What suits the command and where its standard error leads. A terminal too narrow for bars gets plain lines.
        static func suitable(json: Bool, on terminal: Terminal = .detect(2)) -> Mode {
            if json { return .json }
            return terminal.isInteractive && terminal.width >= LiveScreen.leastWidth ? .live(terminal) : .plain
        }
    }

    private struct State {
        var progress = TrainingProgress()
        var linesOnScreen = 0
    }

    private let mode: Mode
    /// Where the summary goes; nil for JSON.
    private let summaryTerminal: Terminal?
    private let output: @Sendable (String) -> Void
    private let screen: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - output: takes what belongs on standard output.
    ///   - screen: takes what belongs on standard error.
    init(
        mode: Mode, summaryTerminal: Terminal = .detect(1),
        output: @escaping @Sendable (String) -> Void = { [stream = Output.standard] in stream.write($0) },
        screen: @escaping @Sendable (String) -> Void = { Output.screen($0) }
    ) {
        self.mode = mode
        self.output = output
        self.screen = screen
        if case .json = mode { self.summaryTerminal = nil } else { self.summaryTerminal = summaryTerminal }
    }

    /// Shows one event. Safe to call from anywhere; events are shown whole, in the order of the calls.
    func show(_ event: TrainingEvent) {
        state.withLock { state in
            state.progress.apply(event)
            switch mode {
            case .json: output(event.json.text() + "\n")
            case .plain:
                if let line = PlainLines.line(event, after: state.progress) { screen(line + "\n") }
            case .live(let terminal):
                let lines = LiveScreen.lines(state.progress, on: terminal)
                screen(LiveScreen.erase(state.linesOnScreen) + lines.joined(separator: "\n") + "\n")
                state.linesOnScreen = lines.count
            }
            if case .finished(let finished) = event, let summaryTerminal {
                output(RunSummaryText.text(finished, state.progress, on: summaryTerminal))
            }
        }
    }
}
