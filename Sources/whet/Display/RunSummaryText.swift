import WhetTraining

/// What stands at the end of a training: accuracy before and after, a plot, and what to do next.
enum RunSummaryText {
    static func text(_ finished: TrainingEvent.Finished, _ progress: TrainingProgress, on terminal: Terminal) -> String
    {
        var lines = [""]
        if let before = finished.before, let after = finished.after {
            let change = "\(before.percent) → \(after.percent)"
            lines.append("held-out accuracy \(terminal.styled(change, .bold)) in \(finished.seconds.duration)")
        } else {
            lines.append("finished in \(finished.seconds.duration)")
        }
        let points = progress.evaluations.map { AccuracyPlot.Point(step: $0.step, share: $0.accuracy) }
        let plot = AccuracyPlot.lines(points, width: terminal.width)
        if !plot.isEmpty { lines += [""] + plot }
        lines += ["", "next:"] + nextCommands(finished.run).map { "  \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }

    static func nextCommands(_ run: String) -> [String] {
        [
            "whet runs \(run)",
            "whet rollouts list --run \(run) --no-solved --newest",
            "whet rollouts show 0.0 --run \(run)",
            "whet rollouts stats --run \(run) --by step",
        ]
    }
}
