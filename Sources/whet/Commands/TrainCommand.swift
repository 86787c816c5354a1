import ArgumentParser
import Foundation
import WhetCore
import WhetStore
import WhetTraining

struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Run a recipe, or go on with a run that was stopped.",
        discussion: "Ctrl-C ends the run after the step that is under way; a second one ends it at once.")

    @Argument(help: "A recipe, such as recipes/quickstart.yaml.") var recipe: String?
    @Option(help: "Go on with this run; \"last\" is the one that started last.") var resume: String?
    @OptionGroup var overrides: OverrideOptions
    @OptionGroup var home: HomeOptions
    @Flag(help: "Print the resolved recipe and stop.") var dryRun = false
    @Flag(help: "One JSON object a line on standard output.") var json = false

    func validate() throws {
        if recipe == nil, resume == nil {
            throw ValidationError("name a recipe, such as recipes/quickstart.yaml, or --resume RUN")
        }
        if resume != nil, recipe != nil || !overrides.overrides.isEmpty || dryRun {
            throw ValidationError(
                "--resume goes on with the recipe that the run began with: leave recipe, --set and --dry-run out")
        }
    }

    func run() async throws {
        if dryRun {
            Output.text(try overrides.recipe(at: recipe ?? "").yaml)
            return
        }
        try OpenFiles.check()
        let display = ProgressDisplay(mode: .suitable(json: json))
        let stop = StopSignal()
        let signals = InterruptSignals {
            stop.request()
            display.show(.notice("stopping after this step; Ctrl-C again stops at once"))
        }
        defer { withExtendedLifetime(signals) {} }
        let run = try await begun()
        if run.isFinished { display.show(.notice("\(run.id) is finished: nothing is left to train")) }
        let finished = try await RunAssembly(run: run.id, recipe: run.recipe, home: run.home, store: run.store)
            .train(stop: stop) { display.show($0) }
        try await run.store.close()
        guard finished == nil else { return }
        Output.complain("stopped; go on with: whet train --resume \(run.id)")
        throw ExitCode(CommandRunner.Code.interrupted)
    }

    private struct BegunRun {
        let id: String
        let recipe: Recipe
        let home: WhetHome
        let store: RolloutStore
        /// Before it was asked to go on.
        var isFinished = false
    }

    /// The run in the store: a new one, or the one to go on with.
    private func begun() async throws -> BegunRun {
        if let resume {
            let home = home.home()
            let store = try home.openStore()
            let id = try await RunChoice.id(resume, in: store)
            let record = try await store.run(id)
            let recipe = try Recipe(of: record, readBy: WhetVersion.current)
            return BegunRun(
                id: id, recipe: recipe, home: home, store: store, isFinished: record.status == .finished)
        }
        let recipe = try overrides.recipe(at: recipe ?? "")
        let home = home.home(recipe: recipe.run.home)
        let store = try home.openStore()
        let id = try await RunAssembly.begin(recipe, in: store)
        return BegunRun(id: id, recipe: recipe, home: home, store: store)
    }
}
