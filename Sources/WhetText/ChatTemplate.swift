import Foundation
import OrderedCollections
import WhetCore

/// Renders a conversation as the text that a model was trained on.
///
///     let template = try ChatTemplate(directory: URL(filePath: "model"))
///     let text = try template.render(messages: [Message(.user, "What is 2+2?")], addGenerationPrompt: true)
///
/// Keeps: the text is the one that transformers' `apply_chat_template` gives.
public struct ChatTemplate: Sendable {
    private let templates: [String: JinjaTemplate]
    private let namedTokens: [String: String]

    private init(templates: [String: JinjaTemplate], namedTokens: [String: String]) {
        self.templates = templates
        self.namedTokens = namedTokens
    }

    /// - Parameter namedTokens: what the template sees as `bos_token`, `eos_token` and so on.
    /// - Throws: `WhetError` with the line of what is not Jinja.
    public init(source: String, namedTokens: [String: String] = [:], name: String = "chat template") throws {
        templates = ["default": try JinjaTemplate(source: source, name: name)]
        self.namedTokens = namedTokens
    }

    /// Reads chat_template.jinja or, where there is none, `chat_template` of tokenizer_config.json: a text, or a list
    /// of named ones of which "tool_use" is taken where there are tools.
    ///
    /// - Throws: `WhetError` for a directory without a template, or one that is not Jinja.
    public init(directory: URL) throws {
        guard let template = try ChatTemplate.ifAny(in: directory) else {
            throw WhetError(
                "there is no chat template", at: directory.path,
                expected: "chat_template.jinja, or \"chat_template\" in tokenizer_config.json",
                remedy: "use a model that was trained on conversations, or write a template into its directory")
        }
        self = template
    }

    /// The same; nil for a directory without a template.
    ///
    /// - Throws: `WhetError` for one that is there and is not Jinja.
    public static func ifAny(in directory: URL) throws -> ChatTemplate? {
        let configuration = try TokenizerConfiguration.read(directory: directory)
        let configured = configuration?["chat_template"]
        let configurationPath = directory.appending(path: "tokenizer_config.json").path
        var templates: [String: JinjaTemplate] = [:]
        if let source = configured?.string {
            templates["default"] = try JinjaTemplate(source: source, name: configurationPath)
        }
        for entry in configured?.array ?? [] {
            guard let name = entry["name"]?.string, let source = entry["template"]?.string else {
                throw WhetError("a chat template has no name or text", at: configurationPath)
            }
            templates[name] = try JinjaTemplate(source: source, name: "\(configurationPath), \(name)")
        }
        for (name, file) in Self.files(in: directory) {
            let source = String(decoding: try Data(contentsOf: file), as: UTF8.self)
            templates[name] = try JinjaTemplate(source: source, name: file.path)
        }
        if templates.isEmpty { return nil }
        return ChatTemplate(
            templates: templates, namedTokens: TokenizerConfiguration.namedTokens(in: configuration))
    }

    private static func files(in directory: URL) -> [(name: String, file: URL)] {
        let manager = FileManager.default
        let more = directory.appending(path: "additional_chat_templates")
        let names = ((try? manager.contentsOfDirectory(atPath: more.path)) ?? []).filter { $0.hasSuffix(".jinja") }
            .sorted()
        let main = directory.appending(path: "chat_template.jinja")
        return (manager.fileExists(atPath: main.path) ? [("default", main)] : [])
            + names.map { (String($0.dropLast(".jinja".count)), more.appending(path: $0)) }
    }

    /// - Parameters:
    ///   - tools: what the model may call: a list of objects in OpenAI's form.
    ///   - addGenerationPrompt: whether to end with the beginning of the assistant's turn.
    ///   - extra: further variables, such as `enable_thinking`.
    /// - Throws: `WhetError` with the template's line, or what the template says of a conversation that it refuses.
    public func render(
        messages: [Message], tools: JSONValue? = nil, addGenerationPrompt: Bool = false, extra: JSONObject = [:],
        clock: @escaping JinjaTemplate.Clock = { (Date(), .current) }
    ) throws -> String {
        try render(
            messages.map(\.json), tools: tools, addGenerationPrompt: addGenerationPrompt, extra: extra, clock: clock)
    }

    /// The same for messages as a client sent them, with whatever keys they have.
    public func render(
        _ messages: [JSONValue], tools: JSONValue? = nil, addGenerationPrompt: Bool = false, extra: JSONObject = [:],
        clock: @escaping JinjaTemplate.Clock = { (Date(), .current) }
    ) throws -> String {
        var context: JSONObject = [
            "messages": .array(messages), "tools": tools ?? .null, "documents": .null,
            "add_generation_prompt": .bool(addGenerationPrompt),
        ]
        for (name, text) in namedTokens { context[name] = .string(text) }
        context.merge(extra) { $1 }
        return try template(hasTools: tools.map { !$0.isNull } ?? false).render(context, clock: clock)
    }

    private func template(hasTools: Bool) throws -> JinjaTemplate {
        if hasTools, let template = templates["tool_use"] { return template }
        guard let template = templates["default"] else {
            throw WhetError(
                "there is no default chat template", expected: "one named \"default\"",
                suggestion: templates.keys.sorted().first)
        }
        return template
    }
}
