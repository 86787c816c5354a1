import Foundation
import WhetCore
import WhetHTTP
import WhetProcess
import WhetText
import WhetYAML

/// The `tools` section of an environment's file: what its policy may call.
struct DeclaredTools: Sendable {
    /// A server and what is used of it.
    struct Server: Sendable {
        enum Address: Sendable {
            case program(ProcessCommand)
            case url(String, HTTPHeaders)
        }

        let address: Address
        let settings: MCPTools.Settings
    }

    /// Tools that are not there.
    struct Simulation: Sendable {
        let definitions: [ToolDefinition]
        /// Who imitates what is not recorded.
        let model: (url: String, name: String)?
    }

    let syntax: ToolCallSyntax
    let presentation: ToolPresentation
    let limits: ToolLimits
    let maximumSessions: Int
    let python: (settings: PythonTools.Settings, readableFolders: [String])?
    let servers: [Server]
    let simulation: Simulation?

    /// - Parameters:
    ///   - tree: what stands under `tools`.
    ///   - file: the environment's.
    /// - Returns: nil where a mistake was noted.
    init?(_ tree: YAMLTree, file: URL, _ mistakes: YAMLMistakes) {
        guard let section = YAMLSection(tree, "tools", keys: DeclarationSchema.tools, mistakes) else { return nil }
        let before = mistakes.count
        let folder = file.programFolder
        let standard = ToolLimits()
        syntax = section.choice("syntax", ToolCallSyntax.self) ?? .hermes
        presentation = section.choice("presentation", ToolPresentation.self) ?? .messages
        limits = ToolLimits(
            calls: section.integer("calls", in: 0...10_000) ?? standard.calls,
            callsPerTurn: section.integer("calls_per_turn", in: 1...1000) ?? standard.callsPerTurn,
            time: section.number("seconds", in: 0.001...100_000).map { .seconds($0) } ?? standard.time,
            resultCharacters: section.integer("result_characters", in: 100...10_000_000) ?? standard.resultCharacters)
        maximumSessions = section.integer("sessions", in: 1...100_000) ?? 1000
        python = section["python"].flatMap { Self.python($0, folder, mistakes) }
        servers = (section.list("mcp") ?? []).enumerated().compactMap { index, tree in
            Self.server(tree, "tools.mcp.\(index)", folder, mistakes)
        }
        simulation = section["simulated"].flatMap { Self.simulation($0, mistakes) }
        if python == nil, servers.isEmpty, simulation == nil, mistakes.count == before {
            mistakes.note("there are no tools", "tools", at: tree.place, expected: "python, mcp or simulated")
        }
        guard mistakes.count == before else { return nil }
    }

    private static func python(
        _ tree: YAMLTree, _ folder: String, _ mistakes: YAMLMistakes
    ) -> (settings: PythonTools.Settings, readableFolders: [String])? {
        guard let section = YAMLSection(tree, "tools.python", keys: DeclarationSchema.pythonTool, mistakes) else {
            return nil
        }
        var settings = PythonTools.Settings()
        if let python = section.text("program") { settings.python = python }
        settings.imports = section.texts("imports") ?? []
        if let memory = section.integer("memory_mib", in: 32...1_000_000) { settings.memoryBytes = memory << 20 }
        if let memory = section.integer("total_memory_mib", in: 32...10_000_000) {
            settings.totalMemoryBytes = memory << 20
        }
        return (settings, (section.texts("readable") ?? []).map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" })
    }

    private static func server(
        _ tree: YAMLTree, _ path: String, _ folder: String, _ mistakes: YAMLMistakes
    ) -> Server? {
        guard let section = YAMLSection(tree, path, keys: DeclarationSchema.mcpServer, mistakes) else { return nil }
        var settings = MCPTools.Settings()
        settings.isPerRollout = section.flag("per_rollout") ?? false
        settings.memory = section.choice("memory", ToolMemory.self)
        settings.only = section.texts("only")
        if let seconds = section.number("start_seconds", in: 0.001...100_000) {
            settings.startLimit = .seconds(seconds)
        }
        let command = section.texts("command") ?? []
        switch (command.first, section.text("url")) {
        case (let program?, nil) where !program.isEmpty:
            let address = ProcessCommand(program, Array(command.dropFirst()), in: folder)
            return Server(address: .program(address), settings: settings)
        case (nil, let url?):
            var headers = HTTPHeaders()
            if let variable = section.text("token_variable") {
                guard let token = ProcessInfo.processInfo.environment[variable] else {
                    mistakes.note(
                        "there is no environment variable \(variable)", "\(path).token_variable",
                        at: section["token_variable"]?.place ?? tree.place,
                        expected: "one that holds the server's token")
                    return nil
                }
                headers["Authorization"] = "Bearer \(token)"
            }
            return Server(address: .url(url, headers), settings: settings)
        default:
            mistakes.note("the server has no address", path, at: tree.place, expected: "either command or url")
            return nil
        }
    }

    private static func simulation(_ tree: YAMLTree, _ mistakes: YAMLMistakes) -> Simulation? {
        let keys = DeclarationSchema.simulatedTools
        guard let section = YAMLSection(tree, "tools.simulated", keys: keys, mistakes) else { return nil }
        guard let definitions = section["definitions"] else {
            section.missing("definitions", expected: "a list of name, description and parameters")
            return nil
        }
        var model: (url: String, name: String)?
        if let url = section.text("url") {
            guard let name = section.text("model") else {
                section.missing("model", expected: "what the server calls its model")
                return nil
            }
            model = (url, name)
        }
        do {
            return Simulation(definitions: try ToolDefinition.list(yaml: definitions), model: model)
        } catch {
            mistakes.note(
                error as? WhetError ?? WhetError("\(error)"), "tools.simulated.definitions", at: definitions.place)
            return nil
        }
    }

    /// The tools; nothing is started before it is needed.
    ///
    /// - Throws: `WhetError` where there is no sandbox for Python.
    func sets(_ client: () throws -> HTTPClient) throws -> [any ToolSet] {
        var sets: [any ToolSet] = []
        if let python {
            var settings = python.settings
            // `ToolSessions` is the bound; those that are just being ended count for a moment longer.
            settings.maximumSessions = maximumSessions + max(64, maximumSessions / 4)
            sets.append(try PythonTools(settings, sandbox: Sandbox(readableFolders: python.readableFolders)))
        }
        for server in servers {
            switch server.address {
            case .program(let command): sets.append(MCPTools(.program(command), settings: server.settings))
            case .url(let url, let headers):
                sets.append(
                    MCPTools(.http(url: url, headers: headers, client: try client()), settings: server.settings))
            }
        }
        if let simulation {
            let model = try simulation.model.map {
                ChatServerModel(url: $0.url, model: $0.name, client: try client())
            }
            sets.append(SimulatedTools(simulation.definitions, model: model))
        }
        return sets
    }
}
