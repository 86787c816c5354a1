import ArgumentParser
import WhetCore
import WhetStore

struct RunsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "List the runs of the store, or show one step by step.")

    @Argument(help: "A run's id, or \"last\".") var run: String?
    @OptionGroup var home: HomeOptions
    @Flag(help: "One JSON object a run; of one run, an object with its evaluations, steps and collection.")
    var json = false

    func run() async throws {
        if try RolloutStore.bringUpToDate(path: home.home().storePath) {
            Output.complain("the store was an older whet's, and is up to date now")
        }
        let store = try home.openStore()
        if let run { try await show(RunChoice.id(run, in: store), store) } else { try await list(store) }
    }

    private func list(_ store: RolloutStore) async throws {
        let summaries = try await store.summaries()
        if json {
            for summary in summaries { Output.json(.object(summary.json)) }
            return
        }
        var table = Table(
            ("run", .left), ("status", .left), ("steps", .right), ("rollouts", .right), ("reward", .right),
            ("before", .right), ("after", .right), ("started (UTC)", .left))
        for summary in summaries {
            table.add(
                summary.run.id, summary.run.status.rawValue, summary.lastStep.map(String.init) ?? "–",
                "\(summary.rollouts)",
                summary.lastMeanReward.fixed(3), summary.run.accuracyBefore.percent, summary.run.accuracyAfter.percent,
                summary.run.startedAt.timestamp)
        }
        Output.text(table.text)
    }

    private func show(_ id: String, _ store: RolloutStore) async throws {
        let all = try await store.summaries()
        guard let summary = all.first(where: { $0.run.id == id }) else {
            throw WhetError.unknownName(id, kind: "run", among: all.map(\.run.id))
        }
        let evaluations = try await store.evaluations(of: id)
        let steps = try await store.steps(of: id)
        let collection = CollectionReport(
            mode: summary.run.schedulingMode, summary: try await store.collectionSummary(of: id))
        if json {
            var object = summary.json
            object["evaluations"] = .array(evaluations.map(\.json))
            object["step_metrics"] = .array(steps.map(\.json))
            object["collection"] = collection.json
            Output.json(.object(object))
            return
        }
        Output.line("\(id): \(summary.run.status.rawValue), \(summary.rollouts) rollouts, seed \(summary.run.seed)")
        if summary.run.status != .finished {
            Output.line("resume with: whet train --resume \(id)")
        }
        var table = Table(
            ("step", .right), ("kind", .left), ("reward", .right), ("solved", .right), ("loss", .right),
            ("held out", .right))
        for step in steps {
            let evaluation = evaluations.first { $0.step == step.step }
            table.add(
                "\(step.step)", step.kind.rawValue, step.metrics["reward/mean"].fixed(3),
                step.metrics["rollout/accuracy"].percent, step.metrics["train/loss"].fixed(4),
                evaluation.map(\.accuracy).percent)
        }
        Output.text(table.text + collection.text)
    }
}

extension RunSummary {
    var json: JSONObject {
        [
            "run": .string(run.id), "name": .string(run.name), "status": .string(run.status.rawValue),
            "steps": lastStep.map(JSONValue.integer) ?? .null, "rollouts": .integer(rollouts),
            "reward": lastMeanReward.map(JSONValue.number) ?? .null,
            "seed": Int(exactly: run.seed).map(JSONValue.integer) ?? .string("\(run.seed)"),
            "build": .string(run.build), "started_at": .number(run.startedAt),
            "finished_at": run.finishedAt.map(JSONValue.number) ?? .null,
            "evaluation": [
                "before": run.accuracyBefore.map(JSONValue.number) ?? .null,
                "after": run.accuracyAfter.map(JSONValue.number) ?? .null,
            ],
        ]
    }
}

extension EvaluationRecord {
    fileprivate var json: JSONValue {
        [
            "step": .integer(step), "version": .integer(version.number), "problems": .integer(problems),
            "accuracy": .number(accuracy), "reward": .number(meanReward),
        ]
    }
}

extension StepRecord {
    fileprivate var json: JSONValue {
        let sorted = metrics.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.number($0.value)) }
        return [
            "step": .integer(step), "kind": .string(kind.rawValue),
            "version": version.map { .integer($0.number) } ?? .null,
            "metrics": .object(JSONObject(sorted, uniquingKeysWith: { _, last in last })),
        ]
    }
}

extension RunRecord {
    /// How its rollouts were scheduled, as its recipe says; nil where a recipe is no JSON or has no such key, as those
    /// of older runs.
    fileprivate var schedulingMode: String? {
        (try? JSONValue(parsing: recipe))?["rollout"]?["scheduling"]?["mode"]?.string
    }
}
