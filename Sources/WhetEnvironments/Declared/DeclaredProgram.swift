import Foundation
import WhetCore

/// An environment of a program, as a file of `environments/` declares it.
struct DeclaredProgram: Sendable {
    let name: String
    let summary: String
    /// What the program calls it.
    let listedName: String
    let program: EnvironmentProgram
    /// What it is given beside the variables that whet has.
    let variables: [String: String]
    /// What the sandbox shows of the system beside `/usr`; nil: it runs without.
    let readableFolders: [String]?
    let options: JSONObject

    /// Starts nothing yet.
    ///
    /// - Parameter given: what a recipe sets; it takes the place of what the file sets.
    /// - Throws: `WhetError` where the program is to be run in a sandbox and that cannot be.
    func environment(
        options given: JSONObject, _ resources: EnvironmentResources
    ) throws -> DeferredProcessEnvironment {
        DeferredProcessEnvironment(
            name, listedAs: listedName, pool: try resources.pool(for: walled()),
            options: options.merging(given) { $1 })
    }

    private func walled() throws -> EnvironmentProgram {
        guard let readableFolders else { return program }
        var program = program
        program.command = try Sandbox(readableFolders: readableFolders).command(
            [program.command.executable] + program.command.arguments, in: program.command.folder,
            environment: variables)
        return program
    }
}

/// An environment on OpenEnv servers, as a file of `environments/` declares it.
struct DeclaredServer: Sendable {
    let name: String
    let summary: String
    let maximumLevel: Int
    let settings: JSONObject
    let place: String

    /// Connects to nothing yet.
    ///
    /// - Parameter given: what a recipe sets; it takes the place of what the file sets.
    /// - Throws: `WhetError` for a wrong setting.
    func environment(options given: JSONObject, _ resources: EnvironmentResources) throws -> OpenEnvEnvironment {
        let settings = try OpenEnvSettings(
            settings.merging(given) { $1 }, at: given.isEmpty ? place : "environment \(name)")
        return try resources.server(name, settings: settings)
    }
}
