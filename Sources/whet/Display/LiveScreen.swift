import WhetTraining

/// The one screen of bars that a person watches; it is drawn over itself.
enum LiveScreen {
    /// Below it, names of rows would be broken, and what is drawn over would not be what was drawn.
    static let leastWidth = 20

    /// The screen's lines, none wider than the terminal.
    static func lines(_ progress: TrainingProgress, on terminal: Terminal) -> [String] {
        let name = 9
        // Where the words have no room, the bars get what there is.
        let barWidth = max(min(32, terminal.width - name - 36), max(0, min(8, terminal.width - name - 4)))
        func row(_ title: String, _ share: Double, _ style: Terminal.Style, _ words: String) -> String {
            let rest = words.shortened(to: max(0, terminal.width - name - barWidth - 4))
            return "\(title.filled(to: name)) \(terminal.styled(Bar.filled(share, width: barWidth), style))  \(rest)"
        }
        var lines = [terminal.styled(progress.run.shortened(to: terminal.width - 1), .bold)]
        if let warmup = progress.warmup {
            let loss = progress.warmupLoss.map { "loss \($0.fixed(3))" } ?? ""
            lines.append(row("warm-up", warmup.share, .cyan, "\(warmup.done)/\(warmup.of)  \(loss)"))
        }
        if let training = progress.training {
            let left = progress.secondsLeft.map { training.done < training.of ? "\($0.duration) left" : "" } ?? ""
            lines.append(row("training", training.share, .cyan, "\(training.done)/\(training.of)  \(left)"))
        }
        if let latest = progress.evaluations.last {
            let before = progress.evaluations.first.flatMap {
                $0.step < latest.step ? "was \($0.accuracy.percent)" : nil
            }
            let words = "\(latest.accuracy.percent) of \(latest.problems)  \(before ?? "")"
            lines.append(row("held out", latest.accuracy, .green, words))
        }
        if let step = progress.lastStep {
            lines.append(row("solved", step.solved, .green, "\(step.solved.percent) of the last step"))
            let curve = Bar.curve(progress.rewards, width: barWidth).filled(to: barWidth)
            let speed = progress.tokensPerSecond.map { "\($0.compact) tokens/s" } ?? ""
            let words = "\(step.reward.fixed(3))  \(speed)".shortened(to: max(0, terminal.width - name - barWidth - 4))
            lines.append("\("reward".filled(to: name)) \(curve)  \(words)")
        }
        if let collection = progress.collection {
            let words = collection.shortened(to: max(0, terminal.width - name - 2))
            lines.append("\("rollouts".filled(to: name)) \(words)")
        }
        if let notice = progress.notice {
            lines.append(terminal.styled(notice.shortened(to: terminal.width - 1), .dim))
        }
        return lines
    }

    /// What moves the cursor back over `count` lines and clears what is below it.
    static func erase(_ count: Int) -> String { count > 0 ? "\u{1B}[\(count)A\r\u{1B}[J" : "" }
}
