import ArgumentParser
import Foundation
import WhetChecklists
import WhetCore
import WhetHTTP

/// Which model judges or drafts.
struct JudgeOptions: ParsableArguments {
    @Option(help: "An OpenAI-compatible server, such as http://127.0.0.1:8000.") var judge: String
    @Option(help: "The model's name; otherwise the first that the server lists.") var model: String?
    @Option(help: ArgumentHelp("The environment variable with the server's key.", valueName: "name"))
    var keyVariable = "OPENAI_API_KEY"
    @Option(help: "Requests under way at a time.") var concurrency = 64

    func settings(maximumTokens: Int) -> JudgeSettings {
        var settings = JudgeSettings()
        settings.concurrency = concurrency
        settings.maximumTokens = maximumTokens
        if let key = ProcessInfo.processInfo.environment[keyVariable], !key.isEmpty {
            settings.headers["Authorization"] = "Bearer \(key)"
        }
        return settings
    }

    func validate() throws {
        guard concurrency > 0 else { throw ValidationError("--concurrency is at least 1") }
        guard let parts = URL(string: judge), ["http", "https"].contains(parts.scheme), parts.host() != nil else {
            throw ValidationError("--judge \(judge) is no address of a server, such as http://127.0.0.1:8000")
        }
    }

    /// - Throws: `WhetError` where the server lists none.
    func modelName(client: HTTPClient) async throws -> String {
        if let model { return model }
        guard
            let first = try await ServerJudge.models(url: judge, client: client, settings: settings(maximumTokens: 1))
                .first
        else { throw WhetError("the server lists no model", at: judge, remedy: "name one with --model") }
        return first
    }
}
