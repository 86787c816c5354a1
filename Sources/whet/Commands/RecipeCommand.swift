import ArgumentParser
import WhetCore
import WhetTraining

struct RecipeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recipe", abstract: "Explain and check recipes.", subcommands: [Explain.self, Check.self])

    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain", abstract: "Print what a key of a recipe does, or every key with its default.")

        @Argument(help: "A key, such as rollout.group_size, or a section.") var key: String?
        @Flag(help: "One JSON object a key.") var json = false

        func run() throws {
            do {
                let entries = try key.map { [try RecipeSchema.entry(at: $0)] }
                if json {
                    let wanted = entries?.first?.path
                    for entry in RecipeReference.json.array ?? [] where wanted == nil || entry["key"]?.string == wanted
                    {
                        Output.json(entry)
                    }
                } else {
                    Output.text(
                        try entries?.first.map { try RecipeReference.explain($0.path) } ?? RecipeReference.explainAll())
                }
            } catch let error as WhetError {
                throw UsageError(error)
            }
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Read recipes, say everything that is wrong with them, and start nothing.")

        @Argument(help: "Recipe files.") var recipes: [String]
        @OptionGroup var overrides: OverrideOptions

        func run() throws {
            var mistakes: [RecipeMistake] = []
            for path in recipes {
                do {
                    _ = try overrides.recipe(at: path)
                    Output.line("\(path): right")
                } catch let error as RecipeError {
                    // A wrong --set is wrong for every file.
                    mistakes += error.mistakes.filter { !mistakes.contains($0) }
                }
            }
            if !mistakes.isEmpty { throw RecipeError(mistakes) }
        }
    }
}
