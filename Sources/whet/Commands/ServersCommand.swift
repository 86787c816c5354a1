import ArgumentParser
import Foundation
import WhetCore
import WhetHTTP
import WhetInference

struct ServersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "servers", abstract: "Inference servers: what they can do, and whether they do it.",
        subcommands: [ServersProbeCommand.self, ServersCheckCommand.self])
}

/// Which server is meant.
struct ServerOptions: ParsableArguments {
    @Argument(help: "Base address, such as http://127.0.0.1:8000.") var url: String
    @Option(help: "The model's name, on a server that has several.") var model: String?
    @Option(help: "What it must be: \(InferenceServerKind.names.joined(separator: ", ")).")
    var kind: String?

    func connect() async throws -> any InferenceServer {
        let kind: InferenceServerKind?
        do { kind = try self.kind.map(InferenceServerKind.named) } catch let error as WhetError {
            throw UsageError(error)
        }
        guard let parts = URL(string: url), ["http", "https"].contains(parts.scheme), parts.host() != nil else {
            throw UsageError(
                WhetError("\"\(url)\" is no address of a server", expected: "such as http://127.0.0.1:8000"))
        }
        var settings = InferenceSettings(timeouts: HTTPTimeouts(total: .seconds(120)))
        settings.retry.deadline = .seconds(120)
        settings.streams = true
        return try await InferenceServerKind.connect(
            url, kind: kind, model: model, client: try HTTPClient(), settings: settings)
    }
}

struct ServersProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Ask a server what it is and can do, and say what training does without the rest.",
        discussion: "Samples a few tokens and changes nothing.")

    @OptionGroup var options: ServerOptions
    @Flag(help: "One JSON object.") var json = false

    func run() async throws {
        let server = try await options.connect()
        let capabilities = server.capabilities
        let report = CapabilityReport(capabilities)
        let version = try await server.policyVersion()
        let load = try await server.load()
        let refusal = capabilities.refusal(of: InferenceNeeds())
        if json {
            Output.json([
                "server": .string(server.name), "kind": .string(capabilities.kind.name),
                "capabilities": .array(report.lines.map(\.json)),
                "version": version.map { JSONValue.integer($0.number) } ?? .null, "load": load?.json ?? .null,
                "fit_for_training": .bool(refusal == nil),
            ])
            return
        }
        Output.line("\(server.name): \(capabilities.kind.title)")
        let width = report.lines.map(\.name.count).max() ?? 0
        for line in report.lines {
            let name = line.name.replacing("_", with: " ").filled(to: width)
            Output.line("  \(line.isThere ? "✓" : "–") \(name)  \(line.found)")
            if let meaning = line.meaning { Output.line("    \("".filled(to: width))  \(meaning)") }
        }
        if let version { Output.line("weights: version \(version)") }
        if let load { Output.line("now: \(load.running) running, \(load.waiting) waiting") }
        Output.line(refusal.map { "not fit for training: \($0)" } ?? "fit for training")
    }
}

struct ServersCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Use a server as a run would: sample, abort and resume, publish weights, compare with whet's engine.",
        discussion:
            "With --publish the server is left with the last of these weights. Exit code 1 if something is wrong.")

    @OptionGroup var options: ServerOptions
    @Option(help: "The model directory that the server was started with.") var directory: String
    @Option(help: "A model directory to publish to it; may be repeated.") var publish: [String] = []
    @Option(help: "What the prompts are made from.") var seed: UInt64 = 1
    @Flag(help: "One JSON object a finding.") var json = false

    func run() async throws {
        let directory = try ModelArgument.directory(directory)
        let others = try publish.map(ModelArgument.directory)
        let server = try await options.connect()
        var needs = InferenceNeeds(publication: publish.isEmpty ? nil : .directory)
        needs.resumesRollouts = true
        if var refusal = server.capabilities.refusal(of: needs) {
            refusal.place = server.name
            throw refusal
        }
        if !json { Output.line("\(server.name): \(server.capabilities.kind.title)") }
        var isGood = true
        try await ServerCheck(server: server, seed: seed).run(
            directory: directory, publishing: others
        ) { finding in
            isGood = isGood && finding.isGood
            if json { return Output.json(finding.json) }
            Output.line("  \(finding.isGood ? "✓" : "✗") \(finding.name.replacing("_", with: " ")): \(finding.found)")
        }
        if !isGood { throw ExitCode(CommandRunner.Code.failure) }
    }
}

extension CapabilityReport.Line {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "there": .bool(isThere), "found": .string(found),
            "meaning": meaning.map(JSONValue.string) ?? .null,
        ]
    }
}

extension ServerLoad {
    fileprivate var json: JSONValue {
        [
            "running": .integer(running), "waiting": .integer(waiting),
            "cache_usage": cacheUsage.map(JSONValue.number) ?? .null,
            "preemptions": preemptions.map(JSONValue.integer) ?? .null,
        ]
    }
}
