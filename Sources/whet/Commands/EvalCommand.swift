import ArgumentParser
import Foundation
import WhetCore
import WhetStore
import WhetTraining

struct EvalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Measure a policy on held-out problems.",
        discussion: """
            With a recipe: its policy as it is before any training. With a model directory: that model on the held-out \
            problems of the recipe named by --recipe or, for a checkpoint of a run, of that run's recipe.
            """)

    @Argument(help: "A recipe, or a model directory such as a run's checkpoint.") var recipeOrModel: String
    @Option(help: "The recipe whose held-out problems a model directory is measured on.") var recipe: String?
    @OptionGroup var overrides: OverrideOptions
    @OptionGroup var home: HomeOptions
    @Flag(help: "One JSON object a line on standard output; the last has the figures.") var json = false

    func run() async throws {
        let recipe = try await measured()
        try OpenFiles.check()
        let home = home.home(recipe: recipe.run.home)
        let store = try home.openStore()
        let run = try await RunAssembly.begin(recipe, in: store, suffix: "-eval")
        let display = ProgressDisplay(mode: .suitable(json: json))
        let finished = try await RunAssembly(run: run, recipe: recipe, home: home, store: store)
            .train(stop: StopSignal()) { event in
                // The end of this run of no steps is told below.
                if case .finished = event { return }
                display.show(event)
            }
        let evaluation = try await store.evaluations(of: run).last
        try await store.close()
        guard let finished, let evaluation else { return }
        if json {
            Output.json([
                "event": "finished", "run": .string(run), "store": .string(store.path),
                "seconds": .number(finished.seconds),
                "figures": [
                    "accuracy": .number(evaluation.accuracy), "reward": .number(evaluation.meanReward),
                    "problems": .integer(evaluation.problems),
                ],
            ])
        } else {
            Output.line("solved \(evaluation.accuracy.percent) of \(evaluation.problems) held-out problems")
            Output.line("look at them with: whet rollouts list --run \(run)")
        }
    }

    /// The recipe of a run of no steps that starts from the policy to be measured.
    private func measured() async throws -> Recipe {
        let path = URL(filePath: recipeOrModel)
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path.path, isDirectory: &isDirectory)
        var result: Recipe
        let namesModel = exists ? isDirectory.boolValue : !isRecipeName
        if namesModel {
            _ = try ModelArgument.directory(recipeOrModel)
            result = try await recipeForModel(in: path)
            result.policy.model = path.path
            result.policy.architecture = nil
        } else {
            result = try overrides.recipe(at: recipeOrModel)
        }
        guard result.evaluation.problems > 0 else {
            throw UsageError(WhetError("evaluation.problems is 0: there is nothing to measure", expected: "at least 1"))
        }
        result.run.steps = 0
        result.warmup.steps = 0
        return result
    }

    /// Whether what is not there was meant to be a recipe.
    private var isRecipeName: Bool { recipeOrModel.hasSuffix(".yaml") || recipeOrModel.hasSuffix(".yml") }

    private func recipeForModel(in directory: URL) async throws -> Recipe {
        if let recipe { return try overrides.recipe(at: recipe) }
        // A checkpoint lies at HOME/RUN/checkpoints/vN.
        let run = directory.standardizedFileURL.deletingLastPathComponent().deletingLastPathComponent()
        let home = WhetHome(directory: run.deletingLastPathComponent())
        let store = try? home.openStore(readOnly: true)
        guard let store, let record = try? await store.run(run.lastPathComponent) else {
            throw UsageError(
                WhetError(
                    "this model is no checkpoint of a run, so there is no telling which problems to measure it on",
                    at: directory.path, remedy: "whet eval \(recipeOrModel) --recipe RECIPE"))
        }
        guard overrides.overrides.isEmpty else {
            throw UsageError(WhetError("--set changes a recipe, and none is named", remedy: "name it with --recipe"))
        }
        return try Recipe(of: record, readBy: WhetVersion.current)
    }
}
