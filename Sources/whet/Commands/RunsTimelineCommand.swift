import ArgumentParser
import Foundation
import WhetCore
import WhetStore

struct RunsTimelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline", abstract: "Draw a run's rollouts over time, as SVG.",
        discussion: """
            A bar a training rollout, colored by the policy version that sampled, hollow where it waited; lines where \
            new weights were published and where steps got their rollouts. Any browser shows it.
            """)

    @Argument(help: "A run's id, or \"last\".") var run = "last"
    @Option(help: ArgumentHelp("Only rollouts of these steps.", valueName: "step or first-last"))
    var steps: RangeArgument?
    @Option(help: "At most this many rollouts: those that started first.") var most = 2_000
    @Option(help: ArgumentHelp("The file to write; \"-\" is standard output.", valueName: "file")) var output: String?
    @OptionGroup var home: HomeOptions

    func run() async throws {
        guard most > 0 else {
            throw UsageError(WhetError("--most \(most) shows nothing", expected: "a number of rollouts, from 1"))
        }
        let store = try home.openStore()
        let id = try await RunChoice.id(run, in: store)
        let layout = try await layout(of: id, in: store)
        let count = try await store.trainingRolloutCount(of: id, steps: steps?.range)
        let drawing = TimelineDrawing(layout, title: title(id, layout, of: count))
        let file = output ?? "\(id)-timeline.svg"
        if file == "-" { return Output.text(drawing.svg) }
        do { try Data(drawing.svg.utf8).write(to: URL(filePath: file), options: .atomic) } catch {
            var failure = WhetError("the timeline cannot be written", at: file, because: error)
            if failure.remedy == nil { failure.remedy = "--output with a file in a folder that is there" }
            throw failure
        }
        Output.line(file)
        if count > layout.rows.count {
            Output.complain(
                "\(layout.rows.count) of \(count) rollouts are shown, those that started first; see others with "
                    + "--steps, more with --most")
        }
    }

    private func layout(of id: String, in store: RolloutStore) async throws -> TimelineLayout {
        let rollouts = try await store.rolloutTimes(of: id, steps: steps?.range, most: most)
        guard !rollouts.isEmpty else {
            let place = steps.map { "steps \($0.range.joined(by: "–")) of the run \"\(id)\"" } ?? "the run \"\(id)\""
            throw WhetError("there are no training rollouts", at: place, remedy: "whet runs \(id)")
        }
        let layout = TimelineLayout(
            rollouts,
            publications: try await store.policyVersions(of: id).map {
                .init(time: $0.createdAt, name: "v\($0.version)")
            },
            handOvers: try await store.steps(of: id).compactMap(\.handOver))
        guard layout.hasSpanTimes else {
            throw WhetError(
                "no rollout shown has the times of its requests: none was sampled, or an older whet stored them",
                at: "the run \"\(id)\"", expected: "rollouts that this whet played, with tokens",
                remedy: "`whet rollouts list --run \(id)` shows when each began and ended")
        }
        return layout
    }

    private func title(_ id: String, _ layout: TimelineLayout, of count: Int) -> String {
        var title = "\(id): \(layout.rows.count)"
        if layout.rows.count < count { title += " of \(count)" }
        title += " rollouts"
        if let steps = steps?.range { title += ", \(steps.count == 1 ? "step" : "steps") \(steps.joined(by: "–"))" }
        return title + ", \(layout.duration.fixed(1)) s"
    }
}

extension StepRecord {
    /// When the step had its rollouts; nil where it needed none.
    fileprivate var handOver: TimelineLayout.Event? {
        guard let seconds = metrics["time/rollouts_seconds"], seconds.isFinite else { return nil }
        return .init(time: startedAt + seconds, name: "step \(step)")
    }
}
