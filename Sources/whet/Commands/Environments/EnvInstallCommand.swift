import ArgumentParser
import Foundation
import WhetCore
import WhetEnvironments
import WhetStore

struct EnvInstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Install a bridge to another library's environments.",
        discussion: """
            \(BridgeCatalog.all.map { "\($0.name): \($0.summary)" }.joined(separator: "\n"))

            It gets a Python environment of its own in WHET_HOME/bridges (otherwise runs/bridges), and its \
            environments are BRIDGE/NAME for recipes and for whet env.
            """)

    @Argument(help: "A bridge: \(BridgeCatalog.all.map(\.name).joined(separator: ", ")).") var bridge: String
    @Option(help: "For rlve-gym: the folder of a checkout of RLVE.") var checkout: String?
    @Option(
        name: .customLong("environment"),
        help: ArgumentHelp("For verifiers: an environment to serve; may be repeated.", valueName: "name"))
    var environments: [String] = []
    @Option(
        name: .customLong("path"),
        help: ArgumentHelp("For verifiers: a folder to import them from; may be repeated.", valueName: "folder"))
    var paths: [String] = []
    @Option(help: "The Python that it is installed with.") var python = "python3"
    @Flag(help: "Install what is installed already once more.") var again = false

    func run() async throws {
        let plan = try plan()
        let resources = EnvironmentResources.ofCommand
        let work = Task { try await EnvironmentResources.$ofCommand.withValue(resources) { try await install(plan) } }
        let signals = InterruptSignals { work.cancel() }
        defer { withExtendedLifetime(signals) {} }
        try await work.value
    }

    /// What is to be installed, and the workers to be started then.
    private struct Plan {
        let installation: BridgeInstallation
        let workers: [(names: [String], paths: [String])]
    }

    /// - Throws: `UsageError` for what the bridge does not take, or lacks.
    private func plan() throws -> Plan {
        do {
            let bridge = try BridgeCatalog.bridge(named: bridge)
            guard let scripts = RepositoryFiles.scripts else {
                throw WhetError(
                    "whet's folder scripts/bridges is not here",
                    expected: "it in this folder, in one above it or in one above whet itself",
                    remedy: "run whet in its repository")
            }
            let installation = BridgeInstallation(
                bridge, home: WhetHome.ofProcess.directory.path, scripts: scripts.path)
            return Plan(installation: installation, workers: try workers(of: installation))
        } catch let error as WhetError {
            throw UsageError(error)
        }
    }

    private func workers(of installation: BridgeInstallation) throws -> [(names: [String], paths: [String])] {
        let bridge = installation.bridge
        func refuse(_ problem: String, _ remedy: String) -> WhetError {
            WhetError(problem, at: "bridge \(bridge.name)", remedy: remedy)
        }
        if case .environments = bridge.arguments {
        } else if !environments.isEmpty || !paths.isEmpty {
            throw refuse("this bridge takes no --environment and no --path", "leave them out: it has all there are")
        }
        switch bridge.arguments {
        case .checkout(let peer, let marker):
            guard let checkout else {
                throw refuse("the checkout is missing", "--checkout FOLDER, that of \(peer), with \(marker) in it")
            }
            let folder = absolute(checkout)
            guard FileManager.default.fileExists(atPath: "\(folder)/\(marker)") else {
                throw refuse("\(folder) is no checkout of \(peer)", "the folder that has \(marker) in it")
            }
            return [([], [folder])]
        case .none, .environments:
            guard checkout == nil else { throw refuse("this bridge takes no --checkout", "leave it out") }
            if case .none = bridge.arguments { return [([], [])] }
            if let option = environments.first(where: { $0.hasPrefix("-") || $0.isEmpty }) {
                throw refuse("\"\(option)\" is no name of an environment", "give names as verifiers knows them")
            }
            for path in paths where !FileManager.default.fileExists(atPath: absolute(path)) {
                throw refuse("there is no folder \(path)", "look at the path")
            }
            guard !environments.isEmpty || !(InstalledBridge(installation)?.record.workers ?? []).isEmpty else {
                throw refuse(
                    "no environment is named, and this bridge has none of its own",
                    "--environment NAME, and --path FOLDER where it is a file or a folder in FOLDER; "
                        + "both may be repeated")
            }
            // Each in a worker of its own: what one imports or sets is none of the others' business.
            return environments.map { ([$0], paths.map(absolute)) }
        }
    }

    private func install(_ plan: Plan) async throws {
        let installation = plan.installation
        let installer = BridgeInstaller(installation) { Output.complain($0) }
        let before = InstalledBridge(installation)?.record
        var record = BridgeRecord(workers: [], isSandboxed: installation.bridge.isSandboxed)
        var workers = plan.workers
        if let before, !again {
            record = before
            workers = workers.filter { worker in
                !before.workers.contains { $0.names == worker.names && $0.paths == worker.paths }
            }
            guard !workers.isEmpty else {
                Output.line("\(installation.bridge.name) is installed already, in \(installation.folder)")
                Output.complain("--again installs it once more")
                return
            }
        } else {
            // What was served before and can be named is served again.
            let others = (before?.workers ?? []).filter { worker in
                !worker.names.isEmpty && !workers.contains { $0.names == worker.names }
            }
            workers += others.map { ($0.names, $0.paths) }
            try await installer.makePackages(python: python)
            // An environment may want packages of its own: they go into what is there now, and it is named again.
            try installer.finish(before ?? record)
        }
        for worker in workers {
            record.add(
                try await installer.worker(
                    names: worker.names, paths: worker.paths, isSandboxed: record.isSandboxed))
        }
        try installer.finish(record)
        let count = record.workers.reduce(0) { $0 + $1.environments.count }
        let environments = count == 1 ? "1 environment" : "\(count) environments"
        Output.line("\(installation.bridge.name): \(environments), in \(installation.folder)")
        if let first = record.workers.first?.environments.first {
            Output.complain("look at one: whet env show \(installation.bridge.name)/\(first.name)")
        } else {
            Output.complain(
                "add environments: whet env install \(installation.bridge.name) --environment NAME --path FOLDER")
        }
    }

    private func absolute(_ path: String) -> String { URL(filePath: path).absoluteURL.standardizedFileURL.path }
}
