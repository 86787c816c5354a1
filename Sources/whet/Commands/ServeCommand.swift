import ArgumentParser
import Foundation
import WhetCore
import WhetEngine
import WhetServer

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve a model directory over HTTP.",
        discussion: """
            Speaks OpenAI's completions and chat, and SGLang's /generate; with --tinker the Tinker API, by which \
            clients train as well. Ctrl-C ends it.
            """)

    @Argument(help: "A Hugging Face model directory, such as a run's checkpoint.") var model: String
    @Option(help: "Address to listen on.") var host = "127.0.0.1"
    @Option(help: "Port to listen on; 0 takes any that is free.") var port = 8_000
    @Option(help: "What clients call the model; otherwise the directory's name (--tinker: its path).") var name: String?
    @Option(help: "Threads of the engine; otherwise every core.") var threads: Int?
    @Flag(help: "Serve the Tinker API: training and sampling (docs/tinker-server.md).") var tinker = false
    @OptionGroup(title: "With --tinker") var training: TinkerOptions

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("a port is a number from 0 to 65535, not \(port)")
        }
        guard threads ?? 1 > 0 else { throw ValidationError("at least one thread has to work") }
        if !tinker, let option = training.given {
            throw ValidationError("\(option) is for --tinker; add that, or leave it out")
        }
        guard training.models ?? 1 > 0, training.samplers ?? 1 > 0 else {
            throw ValidationError("--models and --samplers are 1 at least")
        }
    }

    func run() async throws {
        let directory = try ModelArgument.directory(model)
        try OpenFiles.check()
        try PolicyMemory(served: try ModelConfiguration(directory: directory)).check(at: model)
        let threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
        if tinker {
            try await training.serve(directory, name: name, host: host, port: port, threads: threads)
            return
        }
        let served = try ServedModel(directory: directory, name: name, threads: threads)
        let server = EmbeddedServer(served, settings: .init(host: host, port: port))
        try await server.run { url in
            Output.complain("serving \(served.name) at \(url)/v1; Ctrl-C ends it")
        }
    }
}

/// What only the Tinker API has use for.
struct TinkerOptions: ParsableArguments {
    @Option(help: "Folder of checkpoints; otherwise one that goes away with the server.") var checkpoints: String?
    @Option(help: "Environment variable with the key that clients must have; otherwise anybody is let in.")
    var apiKeyVariable: String?
    @Option(help: "How many models may be in training at a time; otherwise as many as there is memory for, at most 8.")
    var models: Int?
    @Option(help: "How many sets of weights are sampled from at a time; otherwise what memory allows, at most 4.")
    var samplers: Int?

    /// One that was given.
    var given: String? {
        if checkpoints != nil { return "--checkpoints" }
        if apiKeyVariable != nil { return "--api-key-variable" }
        return models != nil ? "--models" : samplers != nil ? "--samplers" : nil
    }

    func serve(_ directory: URL, name: String?, host: String, port: Int, threads: Int) async throws {
        var settings = TinkerService.Settings()
        (settings.host, settings.port, settings.threads) = (host, port, threads)
        let parameters = Double(try ModelConfiguration(directory: directory).parameterCount)
        // Half of the memory for training, a quarter for sampling; the rest is for activations and caches.
        let room = { (share: Double, bytes: Double) in
            max(1, Int(min(8, share * PolicyMemory.machine / (bytes * max(1, parameters)))))
        }
        settings.maximumModels = models ?? room(0.5, Double(TinkerService.trainingBytes))
        settings.maximumSamplers = samplers ?? min(4, room(0.25, Double(TinkerService.samplingBytes)))
        settings.checkpoints = checkpoints.map { URL(filePath: $0, directoryHint: .isDirectory) }
        settings.key = try key()
        settings.log = { Output.complain($0) }
        let service = try TinkerService(directory: directory, name: name, settings: settings)
        Output.complain(service.memory)
        try await service.run { url in
            Output.complain("serving \(service.name) to Tinker clients; TINKER_BASE_URL=\(url); Ctrl-C ends it")
        }
    }

    private func key() throws -> String? {
        guard let apiKeyVariable else { return nil }
        guard let key = ProcessInfo.processInfo.environment[apiKeyVariable], !key.isEmpty else {
            throw UsageError(
                WhetError(
                    "the environment variable is not set", at: apiKeyVariable,
                    expected: "the key that clients send, for the SDK one that begins with tml-",
                    remedy: "\(apiKeyVariable)=tml-… whet serve --tinker …"))
        }
        return key
    }
}
