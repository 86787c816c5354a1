import Foundation
import WhetCore
import WhetProcess

/// A bridge that `whet env install` has put into whet's home.
public struct InstalledBridge: Sendable {
    public let installation: BridgeInstallation
    public let record: BridgeRecord

    /// - Returns: nil where it is not installed, not wholly, or in other versions than whet wants now.
    public init?(_ installation: BridgeInstallation) {
        guard installation.isWhole,
            let data = FileManager.default.contents(atPath: installation.recordFile),
            let record = try? BridgeRecord(json: JSONValue(parsing: data))
        else { return nil }
        self.installation = installation
        self.record = record
    }

    /// All that are installed.
    public static func all(home: String, scripts: String) -> [InstalledBridge] {
        BridgeCatalog.all.compactMap { InstalledBridge(BridgeInstallation($0, home: home, scripts: scripts)) }
    }

    /// Its environments for the catalog, `BRIDGE/NAME`; nothing is started before one of them is used.
    ///
    /// - Parameter resources: what closes the workers.
    public func entries(_ resources: EnvironmentResources) -> [EnvironmentCatalog.Entry] {
        record.workers.flatMap { worker in
            worker.environments.map { entry($0, of: worker, resources) }
        }
    }

    private func entry(
        _ listing: ProgramEnvironment, of worker: BridgeRecord.Worker, _ resources: EnvironmentResources
    ) -> EnvironmentCatalog.Entry {
        let name = "\(installation.bridge.name)/\(listing.name)"
        let options = listing.declaredOptions
        let entry = EnvironmentCatalog.Entry(
            name, options: options ?? [], summary: listing.isMultiTurn ? "several turns" : "",
            maximumLevel: listing.maximumLevel
        ) { [installation, isSandboxed = record.isSandboxed] options in
            let program = try installation.program(
                names: worker.names, paths: worker.paths, isSandboxed: isSandboxed)
            return DeferredProcessEnvironment(
                name, listedAs: listing.name, pool: try resources.pool(for: program), options: options.given)
        }
        return options == nil ? entry.opened() : entry
    }
}

extension BridgeInstallation {
    /// What an installed bridge has, beside its marker.
    var recordFile: String { "\(folder)/whet-environments.json" }

    /// Whether the marker is there and says what it should.
    var isWhole: Bool { FileManager.default.contents(atPath: marker) == Data(markerText.utf8) }

    /// Its worker program, as a pool runs it.
    ///
    /// - Throws: `WhetError` for arguments that the bridge does not take, or where there is no sandbox.
    func program(names: [String], paths: [String], isSandboxed: Bool) throws -> EnvironmentProgram {
        let worker = try worker(environments: names, paths: paths)
        var variables = worker.variables
        let command: ProcessCommand
        if isSandboxed {
            // Libraries that start a thread a core would meet the bound on processes.
            variables.merge(["OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"]) { $1 }
            let readable = [folder, scripts] + paths + [foreignPython].compactMap(\.self)
            command = try Sandbox(readableFolders: readable)
                .command([worker.executable] + worker.arguments, environment: variables)
        } else {
            command = ProcessCommand(
                worker.executable, worker.arguments,
                environment: ProcessInfo.processInfo.environment.merging(variables) { $1 })
        }
        return EnvironmentProgram(
            command, workers: min(8, max(2, ProcessInfo.processInfo.activeProcessorCount)),
            batchSize: bridge.batchSize, startLimit: .seconds(300), requestLimit: bridge.requestLimit)
    }

    /// Where the Python is that the virtual environment was made with, if the sandbox would not show it.
    private var foreignPython: String? {
        let file = FileManager.default.contents(atPath: "\(folder)/pyvenv.cfg") ?? Data()
        for line in String(decoding: file, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map { String($0).trimmed }
            guard parts.count == 2, parts[0] == "home" else { continue }
            let prefix = URL(filePath: parts[1]).deletingLastPathComponent().path
            return prefix == "/usr" || prefix.hasPrefix("/usr/") || prefix == "/" ? nil : prefix
        }
        return nil
    }
}
