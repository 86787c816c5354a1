import Foundation
import WhetChecklists
import WhetCore
import WhetHTTP
import WhetYAML

/// The `checklist.judge` section of an environment's file: who is asked what code cannot tell.
///
/// Keeps: the key is read when the judge is made, from the variable that the file names, and kept nowhere.
struct DeclaredJudge: Sendable {
    var url: String
    /// nil: the first that the server lists.
    var model: String?
    let keyVariable: String?
    let settings: JudgeSettings

    /// nil where a mistake was noted.
    init?(_ tree: YAMLTree, _ mistakes: YAMLMistakes) {
        let keys = DeclarationSchema.judge
        guard let section = YAMLSection(tree, "checklist.judge", keys: keys, mistakes) else { return nil }
        let before = mistakes.count
        var settings = JudgeSettings()
        settings.form = section.choice("reply_form", JudgeSettings.ReplyForm.self) ?? settings.form
        settings.temperature = section.number("temperature", in: 0...100) ?? settings.temperature
        settings.topP = section.number("top_p", in: 0.000_001...1) ?? settings.topP
        settings.maximumTokens = section.integer("maximum_tokens", in: 1...1_000_000) ?? settings.maximumTokens
        settings.votes = section.integer("votes", in: 1...99) ?? settings.votes
        settings.concurrency = section.integer("concurrency", in: 1...100_000) ?? settings.concurrency
        settings.retry.maximumTries = section.integer("tries", in: 1...100) ?? settings.retry.maximumTries
        if let seconds = section.number("seconds", in: 0.001...100_000) {
            settings.timeouts.total = .seconds(seconds)
            settings.retry.deadline = .seconds(seconds * Double(settings.retry.maximumTries))
        }
        if let body = section["extra_body"] {
            if let object = body.value.object { settings.extraBody = object } else {
                let _: Int? = section.wrong(body, "extra_body", expected: "a mapping")
            }
        }
        if settings.votes.isMultiple(of: 2), let tree = section["votes"] {
            let _: Int? = section.wrong(tree, "votes", expected: "an odd number, so that one side wins")
        }
        self.settings = settings
        model = section.text("model")
        keyVariable = section.text("key_variable")
        if section["url"] == nil { section.missing("url", expected: "such as http://127.0.0.1:8000") }
        guard let url = section.text("url"), mistakes.count == before else { return nil }
        self.url = url
    }

    /// - Throws: `WhetError` where the variable of the key is not set, or the address is none.
    func judge(client: HTTPClient, cache: any JudgmentCache) throws -> DeferredJudge {
        var settings = settings
        if let keyVariable {
            guard let key = ProcessInfo.processInfo.environment[keyVariable], !key.isEmpty else {
                throw WhetError(
                    "the environment variable \(keyVariable) is not set", at: "checklist.judge.key_variable",
                    expected: "one that holds the key of the judge's server")
            }
            settings.headers["Authorization"] = "Bearer \(key)"
        }
        return DeferredJudge(url: url, model: model, client: client, settings: settings, cache: cache)
    }
}

/// A judge whose server is asked for its model when it is first needed.
final class DeferredJudge: Judge {
    private let made: OnDemand<CachingJudge>
    let identity: String

    init(url: String, model: String?, client: HTTPClient, settings: JudgeSettings, cache: any JudgmentCache) {
        identity = "server \(url.withoutSecrets)"
        made = OnDemand {
            let name: String
            if let model { name = model } else {
                let listed = try await ServerJudge.models(url: url, client: client, settings: settings)
                guard let first = listed.first else {
                    throw WhetError(
                        "the judge's server lists no model", at: url.withoutSecrets, remedy: "checklist.judge.model")
                }
                name = first
            }
            return CachingJudge(
                try ServerJudge(url: url, model: name, client: client, settings: settings), cache: cache)
        }
    }

    /// Asks the server what it has, which tells whether it can be reached.
    func prepare() async throws { _ = try await made.value() }

    func judge(_ question: JudgmentQuestion) async throws -> Judgment { try await made.value().judge(question) }
}

/// Who judges where every item has a check by code.
struct NoJudge: Judge {
    var identity: String { "none" }
    func judge(_ question: JudgmentQuestion) -> Judgment { .unknown("there is no judge") }
}
