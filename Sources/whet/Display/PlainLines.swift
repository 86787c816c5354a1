import WhetCore
import WhetTraining

/// What a pipe or a log file gets: a line an event, no colors, nothing drawn over.
enum PlainLines {
    /// The event's line; nil for one that is not worth a line.
    static func line(_ event: TrainingEvent, after progress: TrainingProgress) -> String? {
        switch event {
        case .runStarted(let event):
            let resumed = event.resumedAt > 0 ? ", resumed after step \(event.resumedAt)" : ""
            return "run \(event.run): \(event.steps) steps\(resumed); store \(event.store)"
        case .warmupStep(let event):
            guard event.step == event.of || event.step % max(1, event.of / 10) == 0 else { return nil }
            return "warm-up \(event.step)/\(event.of)  loss \(event.loss.fixed(4))"
        case .stepFinished(let event):
            let speed = progress.tokensPerSecond.map { "  \($0.compact) tokens/s" } ?? ""
            let left = progress.secondsLeft.map { "  \($0.duration) left" } ?? ""
            let collection = progress.collection.map { "  \($0)" } ?? ""
            return "step \(event.step)/\(event.of)  reward \(event.reward.fixed(3))  solved \(event.solved.percent)  "
                + "loss \(event.loss.fixed(4))  \(event.seconds.fixed(2)) s\(speed)\(left)\(collection)"
        case .evaluated(let event):
            return "held out after step \(event.step): \(event.accuracy.percent) of \(event.problems) problems"
        case .published: return nil
        case .notice(let text): return text
        case .finished(let event): return "finished in \(event.seconds.duration)"
        }
    }
}
