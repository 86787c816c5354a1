import Foundation
import Synchronization
import WhetCore
import WhetEnvironments
import WhetRollouts
import WhetText

@testable import WhetInference

/// A server that answers from a script; what it was asked stays on record.
final class ScriptedServer: InferenceServer {
    typealias Answer = @Sendable (GenerationRequest) async throws -> Generation

    let name = "scripted"
    var capabilities: InferenceCapabilities {
        var capabilities = InferenceCapabilities.sglang
        capabilities.drawsByPlace = drawsByPlace
        return capabilities
    }
    var drawsByPlace: Bool {
        get { byPlace.load(ordering: .relaxed) }
        set { byPlace.store(newValue, ordering: .relaxed) }
    }
    private let byPlace = Atomic(false)
    private let answer: Answer
    private let abort: @Sendable (String) async throws -> Void
    private let record = Mutex<(requests: [GenerationRequest], inFlight: Int, most: Int)>(([], 0, 0))

    init(abort: @escaping @Sendable (String) async throws -> Void = { _ in }, answer: @escaping Answer) {
        self.abort = abort
        self.answer = answer
    }

    var requests: [GenerationRequest] { record.withLock { $0.requests } }
    var mostInFlight: Int { record.withLock { $0.most } }

    func generate(_ request: GenerationRequest) async throws -> Generation {
        record.withLock { record in
            record.requests.append(request)
            record.inFlight += 1
            record.most = max(record.most, record.inFlight)
        }
        defer { record.withLock { $0.inFlight -= 1 } }
        return try await answer(request)
    }

    func abort(requestID: String) async throws { try await abort(requestID) }
    func health() async throws {}
    func policyVersion() async throws -> PolicyVersion? { .initial }
    func publish(directory: URL, version: PolicyVersion) async throws {}
}

/// Asks for a word twice; solved when the second answer is "yes".
struct TwoTurns: Environment {
    let name = "TwoTurns"

    func task(level: Int, seed: UInt64) throws -> PracticeTask {
        PracticeTask(
            environment: name, seed: seed, level: level, messages: [Message(.user, "number \(seed % 50)")],
            problem: ["level": .integer(level)])
    }

    func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        messages.count { $0.role == .assistant } < 2 ? [Message(.user, "again")] : nil
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        if messages.last?.content == "crash" { throw WhetError("the scorer crashed") }
        let isSolved = messages.last?.content == "yes"
        return Score(reward: isSolved ? 1 : 0, isSolved: isSolved)
    }
}

enum Fixtures {
    static let qwen3 = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/models/qwen3")

    static func format() throws -> ChatFormat { try loaded.get() }

    /// Read once: every canned answer needs it.
    private static let loaded = Result<ChatFormat, any Error> {
        let tokenizer = try Tokenizer(directory: qwen3)
        return ChatFormat(
            tokenizer: tokenizer, template: try ChatTemplate(directory: qwen3), endOfTurn: tokenizer.endOfSequence ?? 0)
    }

    static func player(_ server: ScriptedServer) throws -> EpisodePlayer {
        EpisodePlayer(
            server: server, environments: { $0 == "TwoTurns" ? TwoTurns() : nil }, format: try format(), run: "test")
    }

    static func plans(_ groups: Int, size: Int) throws -> [RolloutPlan] {
        let format = try format()
        return try (0..<groups).flatMap { index in
            let task = try TwoTurns().task(level: 0, seed: UInt64(index))
            return try RolloutPlan.group(GroupID(index), of: task, size: size, format: format, runSeed: 1)
        }
    }

    /// What an honest server answers: `text` as its policy would have sampled it.
    static func generation(
        _ text: String, to request: GenerationRequest, finish: FinishReason = .stop, version: Int? = 0
    ) throws -> Generation {
        let format = try format()
        let tokens = finish == .stop ? format.turn(saying: text) : format.tokenizer.encode(text)
        return try Generation(
            tokens: tokens, logProbabilities: tokens.map { _ in -0.5 }, finish: finish,
            version: version.map { PolicyVersion($0) }, promptTokens: 0, cachedTokens: 0, request: request,
            vocabularySize: nil)
    }
}
