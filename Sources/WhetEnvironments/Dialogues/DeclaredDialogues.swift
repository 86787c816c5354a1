import Foundation
import WhetChecklists
import WhetCore
import WhetHTTP
import WhetText
import WhetYAML

/// The `dialogues` section of an environment's file: CM2's records, gone through anew.
struct DeclaredDialogues: Sendable {
    let name: String
    let summary: String
    /// How the policy is told of tools; without models.
    let settings: DialogueEnvironment.Settings
    private let records: [ChecklistRecord]
    private let imitator: DeclaredModel?
    private let user: DeclaredModel?

    /// Whether a warm start can be shown the references.
    var hasDemonstrations: Bool { settings.syntax == .hermes }

    /// - Parameter file: the environment's; the records' path counts from there.
    /// - Returns: nil where a mistake was noted.
    init?(_ section: YAMLSection, file: URL) {
        let mistakes = section.mistakes
        guard let tree = section["dialogues"],
            let inner = YAMLSection(tree, "dialogues", keys: DeclarationSchema.dialogues, mistakes)
        else { return nil }
        let before = mistakes.count
        name = DeclarationReader.name(section, file: file)
        summary = section.text("summary") ?? ""
        var settings = DialogueEnvironment.Settings()
        settings.syntax = inner.choice("syntax", ToolCallSyntax.self) ?? settings.syntax
        settings.presentation = inner.choice("presentation", ToolPresentation.self) ?? settings.presentation
        settings.limits.calls = inner.integer("calls", in: 0...10_000) ?? settings.limits.calls
        settings.maximumTurns = inner.integer("max_turns", in: 1...1_000) ?? settings.maximumTurns
        self.settings = settings
        imitator = inner["imitator"].flatMap { DeclaredModel($0, "dialogues.imitator", mistakes) }
        user = inner["user"].flatMap { DeclaredModel($0, "dialogues.user", mistakes) }
        var records: [ChecklistRecord] = []
        if inner["file"] == nil { inner.missing("file", expected: "a file of CM2's records, JSON or JSON lines") }
        if let path = inner.text("file") {
            do {
                switch try ChecklistFile(URL(filePath: path, relativeTo: file.deletingLastPathComponent())) {
                case .records(let read): records = read
                case .checklist:
                    mistakes.note(
                        "this is a checklist without dialogues", "dialogues.file",
                        at: inner["file"]?.place ?? tree.place,
                        expected: "CM2's records, JSON or JSON lines")
                }
            } catch {
                for mistake in error.mistakes { mistakes.note(elsewhere: mistake) }
            }
        }
        self.records = records
        guard mistakes.count == before else { return nil }
    }

    func environment(_ resources: EnvironmentResources) throws -> DialogueEnvironment {
        var settings = settings
        settings.imitator = try imitator?.model(client: resources.httpClient())
        settings.user = try user?.model(client: resources.httpClient())
        return try DialogueEnvironment(name, records: records, settings: settings)
    }
}

/// A model behind a server that plays somebody's part.
struct DeclaredModel: Sendable {
    let url: String
    let name: String
    let keyVariable: String?
    let temperature: Double

    /// nil where a mistake was noted.
    init?(_ tree: YAMLTree, _ path: String, _ mistakes: YAMLMistakes) {
        guard let section = YAMLSection(tree, path, keys: DeclarationSchema.model, mistakes) else { return nil }
        keyVariable = section.text("key_variable")
        temperature = section.number("temperature", in: 0...100) ?? 0
        if section["url"] == nil { section.missing("url", expected: "such as http://127.0.0.1:8000") }
        if section["model"] == nil { section.missing("model", expected: "what the server calls its model") }
        guard let url = section.text("url"), let name = section.text("model") else { return nil }
        (self.url, self.name) = (url, name)
    }

    /// - Throws: `WhetError` where the variable of the key is not set.
    func model(client: HTTPClient) throws -> ChatServerModel {
        ChatServerModel(
            url: url, model: name, headers: try HTTPHeaders(keyVariable: keyVariable), temperature: temperature,
            client: client)
    }
}
