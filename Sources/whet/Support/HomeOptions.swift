import ArgumentParser
import Foundation
import WhetStore

/// Where runs and the store are.
struct HomeOptions: ParsableArguments {
    @Option(help: "Folder of runs and store; otherwise WHET_HOME, otherwise ./runs.")
    var home: String?

    /// - Parameter recipe: the home that a recipe names, if one does.
    func home(recipe: String? = nil) -> WhetHome {
        var environment = ProcessInfo.processInfo.environment
        if let name = home ?? recipe { environment["WHET_HOME"] = name }
        // Without the hint a relative home would be resolved beside the current folder, not in it.
        let current = URL(filePath: FileManager.default.currentDirectoryPath, directoryHint: .isDirectory)
        return WhetHome(environment: environment, currentDirectory: current)
    }

    /// - Throws: `WhetError` when there is none, or it cannot be read.
    func openStore() throws -> RolloutStore { try home().openStore(readOnly: true) }
}
