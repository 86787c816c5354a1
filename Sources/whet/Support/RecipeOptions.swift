import ArgumentParser
import WhetCore
import WhetTraining

/// What follows a recipe's name on the command line.
struct OverrideOptions: ParsableArguments {
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Change a key of the recipe; may be repeated.", valueName: "key=value"))
    var overrides: [String] = []

    /// Reads and checks a recipe file.
    ///
    /// - Throws: `RecipeError` or `UsageError`: both are exit code 2.
    func recipe(at path: String) throws -> Recipe {
        do {
            return try Recipe.load(from: path, overrides: overrides, catalog: .whet)
        } catch let error as WhetError {
            throw UsageError(error)
        }
    }
}
