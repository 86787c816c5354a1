import Foundation
import WhetCore
import WhetEngine
import WhetText

/// What a server answers with: an engine, and what turns text into its tokens and back.
public struct ServedModel: Sendable {
    /// What samples.
    public let engine: GenerationEngine
    /// What turns text into ids and back.
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
        try tokenizer.check(fits: model.configuration.vocabularySize, in: directory)
        let engine = GenerationEngine(
            model: model, version: version, settings: settings,
            endTokens: try ServedModel.endTokens(in: directory) + (tokenizer.endOfSequence.map { [$0] } ?? []),
            threads: threads, bytes: { tokenizer.bytes(of: $0) })
        self.init(
            engine: engine, tokenizer: tokenizer, template: try ChatTemplate.ifAny(in: directory),
            name: name ?? directory.standardizedFileURL.lastPathComponent, directory: directory)
    }

    /// The end tokens that generation_config.json names; it may name more than config.json does.
    static func endTokens(in directory: URL) throws -> [Int32] {
        let file = directory.appending(path: "generation_config.json")
        guard FileManager.default.fileExists(atPath: file.path) else { return [] }
        switch try JSONValue(parsing: Data(contentsOf: file))["eos_token_id"] {
        case .integer(let token): return [Int32(truncatingIfNeeded: token)]
        case .array(let tokens): return tokens.compactMap { $0.integer.flatMap(Int32.init(exactly:)) }
        default: return []
        }
    }
}
