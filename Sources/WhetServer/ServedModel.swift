import Foundation
import WhetCore
import WhetEngine
import WhetText

/// What a server answers with: an engine, and what turns text into its tokens and back.
public struct ServedModel: Sendable {
    public let engine: GenerationEngine
    public let tokenizer: Tokenizer
    /// Nil for a model that has none; chats are then refused.
    public let template: ChatTemplate?
    /// What clients call it.
    public let name: String
    /// Where it was read from.
    public let directory: URL?

    public init(
        engine: GenerationEngine, tokenizer: Tokenizer, template: ChatTemplate?, name: String, directory: URL? = nil
    ) {
        self.engine = engine
        self.tokenizer = tokenizer
        self.template = template
        self.name = name
        self.directory = directory
    }

    /// Reads a Hugging Face model directory and starts an engine over it.
    ///
    /// - Parameters:
    ///   - name: what clients call the model; the directory's name if nil.
    ///   - threads: how many of the machine's cores may sample.
    /// - Throws: `WhetError` that names the file which is missing or wrong.
    public init(
        directory: URL, name: String? = nil, version: PolicyVersion = .initial,
        settings: GenerationEngine.Settings = .init(),
        threads: Int = ProcessInfo.processInfo.activeProcessorCount
    ) throws {
        let tokenizer = try Tokenizer(directory: directory)
        let model = try Model(directory: directory)
        try model.configuration.check(fits: tokenizer, in: directory)
        let engine = GenerationEngine(
            model: model, version: version, settings: settings,
            endTokens: try ServedModel.endTokens(in: directory) + (tokenizer.endOfSequence.map { [$0] } ?? []),
            threads: threads, bytes: { tokenizer.bytes(of: $0) })
        self.init(
            engine: engine, tokenizer: tokenizer, template: try ServedModel.template(in: directory),
            name: name ?? directory.standardizedFileURL.lastPathComponent, directory: directory)
    }

    /// Nil when the directory has none. One that is there and wrong is an error.
    private static func template(in directory: URL) throws -> ChatTemplate? {
        let file = directory.appending(path: "tokenizer_config.json")
        let configuration = (try? Data(contentsOf: file)).flatMap { try? JSONValue(parsing: $0) }
        let hasFile = FileManager.default.fileExists(atPath: directory.appending(path: "chat_template.jinja").path)
        guard hasFile || !(configuration?["chat_template"]?.isNull ?? true) else { return nil }
        return try ChatTemplate(directory: directory)
    }

    /// The end tokens that generation_config.json names; it may name more than config.json does.
    private static func endTokens(in directory: URL) throws -> [Int32] {
        let file = directory.appending(path: "generation_config.json")
        guard FileManager.default.fileExists(atPath: file.path) else { return [] }
        switch try JSONValue(parsing: Data(contentsOf: file))["eos_token_id"] {
        case .integer(let token): return [Int32(truncatingIfNeeded: token)]
        case .array(let tokens): return tokens.compactMap { $0.integer.flatMap(Int32.init(exactly:)) }
        default: return []
        }
    }
}
