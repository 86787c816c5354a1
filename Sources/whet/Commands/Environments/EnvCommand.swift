import ArgumentParser
import WhetCore
import WhetEnvironments

struct EnvCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env", abstract: "Look at environments, play them, check them, time them, begin a new one.",
        subcommands: [
            EnvListCommand.self, EnvShowCommand.self, EnvTryCommand.self, EnvCheckCommand.self, EnvBenchCommand.self,
            EnvNewCommand.self, EnvInstallCommand.self,
        ])
}

/// One environment and what is set for it.
struct EnvironmentChoice: ParsableArguments {
    @Argument(help: "An environment, as `whet env list` names it.") var name: String
    @OptionGroup var settings: EnvironmentSettings

    /// - Throws: `UsageError` for an unknown name or option, or a wrong value.
    func source() throws -> EnvironmentSources.Source {
        do { return try EnvironmentSources.source(named: name) } catch let error as WhetError {
            throw UsageError(error)
        }
    }

    /// Its program is started, or its server asked, so that what is wrong with it is told first.
    ///
    /// - Throws: `UsageError` as `source`; `WhetError` where the environment cannot be made for another reason.
    func environment() async throws -> any Environment { try await settings.prepared(of: source()) }
}

struct EnvironmentSettings: ParsableArguments {
    @Option(
        name: .customLong("options"),
        help: ArgumentHelp("Set an option of the environment; may be repeated.", valueName: "name=value"))
    var options: [EnvironmentSetting] = []

    /// A later one wins.
    var values: JSONObject { JSONObject(options.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }) }

    /// - Throws: `UsageError` for an unknown option or a wrong value.
    func environment(of source: EnvironmentSources.Source) throws -> any Environment {
        try source.environment(options: values)
    }

    /// The environment, ready for use.
    ///
    /// - Throws: as `environment`; `WhetError` where its program or server cannot be used.
    func prepared(of source: EnvironmentSources.Source) async throws -> any Environment {
        try await source.prepared(options: values)
    }
}

/// "maximum_count=6".
struct EnvironmentSetting: ExpressibleByArgument {
    let name: String
    let value: JSONValue

    /// What is JSON is read as such, all else is text.
    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        name = parts[0]
        value = (try? JSONValue(parsing: parts[1])) ?? .string(parts[1])
    }
}
