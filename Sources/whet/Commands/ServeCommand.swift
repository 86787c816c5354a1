import ArgumentParser
import Foundation
import WhetCore
import WhetEngine
import WhetServer

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve a model directory over HTTP.",
        discussion: "Speaks OpenAI's completions and chat, and SGLang's /generate. Ctrl-C ends it.")

    @Argument(help: "A Hugging Face model directory, such as a run's checkpoint.") var model: String
    @Option(help: "Address to listen on.") var host = "127.0.0.1"
    @Option(help: "Port to listen on; 0 takes any that is free.") var port = 8_000
    @Option(help: "What clients call the model; otherwise the directory's name.") var name: String?
    @Option(help: "Threads of the engine; otherwise every core.") var threads: Int?

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("a port is a number from 0 to 65535, not \(port)")
        }
        guard threads ?? 1 > 0 else { throw ValidationError("at least one thread has to work") }
    }

    func run() async throws {
        let directory = try ModelArgument.directory(model)
        try OpenFiles.check()
        try PolicyMemory(served: try ModelConfiguration(directory: directory)).check(at: model)
        let served = try ServedModel(
            directory: directory, name: name, threads: threads ?? ProcessInfo.processInfo.activeProcessorCount)
        let server = EmbeddedServer(served, settings: .init(host: host, port: port))
        try await server.run { url in
            Output.complain("serving \(served.name) at \(url)/v1; Ctrl-C ends it")
        }
    }
}
