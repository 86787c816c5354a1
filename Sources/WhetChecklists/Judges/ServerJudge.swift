import Synchronization
import WhetCore
import WhetHTTP

/// A model behind an OpenAI-compatible server as judge: one call a question and vote.
///
/// Keeps: at most `concurrency` calls are under way; whatever the judged text says, it cannot speak as the judge (see
/// `JudgePrompt` and `JudgeReply`); a call that fails is an unknown vote. The judge's seed follows from the question,
/// so a server that honors seeds answers the same twice.
public final class ServerJudge: Judge {
    public let identity: String
    private let server: ChatServer
    private let turnstile: Turnstile
    /// What no policy can know: fences and codes are made from it.
    private let secret: @Sendable () -> UInt64
    private let fence: String
    private let asked = Mutex(0)

    /// - Parameters:
    ///   - url: with or without `/v1`.
    ///   - random: where fences and codes come from; for tests.
    /// - Throws: `WhetError` for settings that are not possible.
    public init(
        url: String, model: String, client: HTTPClient, settings: JudgeSettings = JudgeSettings(),
        random: @escaping @Sendable () -> UInt64 = { .random(in: .min ... .max) }
    ) throws {
        server = try ChatServer(url: url, model: model, client: client, settings: settings)
        turnstile = Turnstile(places: settings.concurrency)
        secret = random
        fence = Self.fence(random)
        var sampling: JSONObject = [
            "judge": "server", "prompt": .integer(JudgePrompt.version), "model": .string(model),
            "temperature": .number(settings.temperature), "top_p": .number(settings.topP),
            "maximum_tokens": .integer(settings.maximumTokens), "votes": .integer(settings.votes),
        ]
        if settings.form != .automatic { sampling["reply_form"] = .string(settings.form.rawValue) }
        if !settings.extraBody.isEmpty { sampling["body"] = .object(settings.extraBody) }
        identity = JSONValue.object(sampling).text()
    }

    /// How many votes were asked for so far.
    public var votesAsked: Int { asked.withLock { $0 } }

    public func judge(_ question: JudgmentQuestion) async throws -> Judgment {
        let votes = server.settings.votes
        let key = question.key(for: identity)
        let prompt = prompt(question)
        if votes == 1 { return try await vote(prompt, seed: key.seed, number: 0) }
        var count = Votes(of: votes)
        var next = 0
        // As many at a time as would settle it, so that a clear case needs few more than half.
        while let wanted = count.wanted {
            try await withThrowingTaskGroup(of: Judgment.self) { group in
                for number in next..<next + wanted {
                    group.addTask { try await self.vote(prompt, seed: key.seed, number: number) }
                }
                for try await judgment in group { count.add(judgment) }
            }
            next += wanted
        }
        return count.judgment
    }

    private struct Prompt: Sendable {
        let messages: [Message]
        let schema: JSONValue
        let code: String
    }

    private func prompt(_ question: JudgmentQuestion) -> Prompt {
        var fence = fence
        while question.recording.text.contains(fence) { fence = Self.fence(secret) }
        let code = String(secret(), radix: 36)
        let user = JudgePrompt.user(question, fence: fence, code: code)
        return Prompt(
            messages: [Message(.system, JudgePrompt.system), Message(.user, user)],
            schema: JudgeReply.schema(code: code), code: code)
    }

    private static func fence(_ random: () -> UInt64) -> String {
        "=====" + String(random(), radix: 36) + String(random(), radix: 36) + "====="
    }

    /// - Throws: `CancellationError` alone.
    private func vote(_ prompt: Prompt, seed: UInt64, number: Int) async throws -> Judgment {
        try await turnstile.pass {
            try Task.checkCancellation()
            self.asked.withLock { $0 += 1 }
            return try await self.answer(prompt, seed: seed, number: number)
        }
    }

    private func answer(_ prompt: Prompt, seed: UInt64, number: Int) async throws -> Judgment {
        let code = prompt.code
        do {
            return try await server.reply(
                to: prompt.messages, schema: ("judgment", prompt.schema),
                seed: { RandomStream.key(seed: seed, purpose: "judge", [number, $0]) },
                reading: { try JudgeReply($0, code: code).judgment })
        } catch {
            if Task.isCancelled { throw CancellationError() }
            switch error {
            case let error as HTTPError: return .unknown(error.description)
            case is CancellationError: throw error
            default: return .unknown("\(error), from \(server.name)")
            }
        }
    }
}

/// Votes on one question.
struct Votes {
    /// How many are given at most; odd.
    let total: Int
    private(set) var met = 0
    private(set) var notMet = 0
    private var unknown = 0
    /// The first of each kind.
    private var reasons: (met: String?, notMet: String?, unknown: String?)

    init(of total: Int) { self.total = total }

    private var majority: Int { total / 2 + 1 }

    /// How many more would settle it at best; nil if it is settled, or no further vote could.
    var wanted: Int? {
        let best = max(met, notMet)
        let left = total - met - notMet - unknown
        guard best < majority, left > 0, best + left >= majority else { return nil }
        return majority - best
    }

    mutating func add(_ judgment: Judgment) {
        switch judgment {
        case .met(let reason):
            met += 1
            reasons.met = reasons.met ?? reason
        case .notMet(let reason):
            notMet += 1
            reasons.notMet = reasons.notMet ?? reason
        case .unknown(let reason):
            unknown += 1
            reasons.unknown = reasons.unknown ?? reason
        }
    }

    /// What more than half of all votes say; unknown ones are for neither.
    var judgment: Judgment {
        if met >= majority { return .met("\(met) of \(met + notMet): \(reasons.met ?? "")") }
        if notMet >= majority { return .notMet("\(notMet) of \(met + notMet): \(reasons.notMet ?? "")") }
        return .unknown("\(met) for, \(notMet) against, \(unknown) unknown of \(total) votes: \(reasons.unknown ?? "")")
    }
}

extension ServerJudge {
    /// The models that a server lists.
    ///
    /// - Throws: `HTTPError` where it does not answer.
    public static func models(
        url: String, client: HTTPClient, settings: JudgeSettings = JudgeSettings()
    ) async throws -> [String] {
        let server = try ChatServer(url: url, model: "", client: client, settings: settings)
        let response = try await client.send(retrying: settings.retry, timeouts: settings.timeouts) { _ in
            HTTPRequest(.get, server.url + "/v1/models", headers: settings.headers)
        }
        return (try JSONValue(parsing: response.body)["data"]?.array ?? []).compactMap { $0["id"]?.string }
    }
}
