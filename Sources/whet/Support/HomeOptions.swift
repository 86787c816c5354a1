import ArgumentParser
import Foundation
import WhetStore

/// Where runs and the store are.
struct HomeOptions: ParsableArguments {
    @Option(help: "Folder of runs and store; otherwise WHET_HOME, otherwise ./runs.")
    var home: String?

    /// - Parameter recipe: the home that a recipe names, if one does.
    func home(recipe: String? = nil) -> WhetHome {
        WhetHome(named: home ?? recipe)
    }

    /// - Throws: `WhetError` when there is none, or it cannot be read.
    func openStore() throws -> RolloutStore { try home().openStore(readOnly: true) }

    /// For commands that write down what they find out, such as judgments.
    ///
    /// - Throws: `WhetError` when there is none, or it cannot be written.
    func openWritableStore() throws -> RolloutStore {
        // To be told that there is none, and not to make one.
        _ = try openStore()
        return try home().openStore()
    }
}

extension WhetHome {
    /// `WHET_HOME`, or `./runs`.
    static var ofProcess: WhetHome { WhetHome(named: nil) }

    /// - Parameter name: a folder that takes the place of `WHET_HOME`.
    fileprivate init(named name: String?) {
        var environment = ProcessInfo.processInfo.environment
        if let name { environment["WHET_HOME"] = name }
        // Without the hint a relative home would be resolved beside the current folder, not in it.
        let current = URL(filePath: FileManager.default.currentDirectoryPath, directoryHint: .isDirectory)
        self.init(environment: environment, currentDirectory: current)
    }
}
