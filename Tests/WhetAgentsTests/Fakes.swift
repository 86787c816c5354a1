import Foundation
import Synchronization
import WhetCore
import WhetEnvironments
import WhetRollouts
import WhetText

@testable import WhetAgents
@testable import WhetInference

/// A server that answers from a script; what it was asked stays on record.
final class ScriptedServer: InferenceServer {
    typealias Answer = @Sendable (GenerationRequest) async throws -> Generation

    let name = "scripted"
    let capabilities = InferenceCapabilities.sglang
    private let answer: Answer
    private let asked = Mutex<[GenerationRequest]>([])
    private let aborts = Mutex<[String]>([])

    func isAborted(_ id: String) -> Bool { aborts.withLock { $0.contains(id) } }

    init(answer: @escaping Answer) { self.answer = answer }

    /// Says these one after the other, and the last one from then on.
    convenience init(saying words: [String], finish: FinishReason = .stop) {
        let next = Mutex(0)
        self.init { request in
            let index = next.withLock { next in
                defer { next += 1 }
                return min(next, words.count - 1)
            }
            return try Fixtures.generation(words[index], to: request, finish: finish)
        }
    }

    var requests: [GenerationRequest] { asked.withLock { $0 } }

    func generate(_ request: GenerationRequest) async throws -> Generation {
        asked.withLock { $0.append(request) }
        return try await answer(request)
    }

    func abort(requestID: String) async throws { aborts.withLock { $0.append(requestID) } }
    func health() async throws {}
    func policyVersion() async throws -> PolicyVersion? { .initial }
    func publish(directory: URL, version: PolicyVersion) async throws {}
}

/// Solved when the last answer is "yes".
struct YesWanted: Environment {
    let name = "YesWanted"

    func task(level: Int, seed: UInt64) throws -> PracticeTask {
        PracticeTask(
            environment: name, seed: seed, level: level, messages: [Message(.user, "number \(seed)")],
            problem: ["secret": "yes", "hint": "be kind"])
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        let isSolved = messages.last?.content == "yes"
        return Score(reward: isSolved ? 1 : 0, isSolved: isSolved, reason: messages.map(\.content).joined(separator: "|"))
    }
}

enum Fixtures {
    static let qwen3 = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/models/qwen3")

    static func format() throws -> ChatFormat {
        let tokenizer = try Tokenizer(directory: qwen3)
        return ChatFormat(
            tokenizer: tokenizer, template: try ChatTemplate(directory: qwen3), endOfTurn: tokenizer.endOfSequence ?? 0)
    }

    /// What an honest server answers: `text` as its policy would have sampled it, cut to what was asked for.
    static func generation(
        _ text: String, to request: GenerationRequest, finish: FinishReason = .stop, version: Int? = 0
    ) throws -> Generation {
        let format = try format()
        var tokens = finish == .stop ? format.turn(saying: text) : format.tokenizer.encode(text)
        let isCut = tokens.count > request.sampling.maximumNewTokens
        tokens = Array(tokens.prefix(request.sampling.maximumNewTokens))
        return try Generation(
            tokens: tokens, logProbabilities: tokens.map { -0.25 * Float(1 + $0 % 7) }, finish: isCut ? .length : finish,
            version: version.map { PolicyVersion($0) }, promptTokens: request.tokens.count, cachedTokens: 0,
            request: request, vocabularySize: nil)
    }

    static func plan() throws -> RolloutPlan {
        try RolloutPlan.group(
            GroupID(0), of: try YesWanted().task(level: 0, seed: 7), size: 1, format: try format(), runSeed: 1)[0]
    }

    static let limits = EpisodeLimits(sampling: SamplingParameters(maximumNewTokens: 400), maximumTurns: 8)

    /// An agent in Python, with little helpers before its own lines.
    static func python(
        _ script: String, scoring: AgentProgram.Scoring = .environment, authority: SamplingAuthority = .override,
        sharedKeys: [String] = [], totalTime: Duration = .seconds(120), idleTime: Duration = .seconds(60)
    ) -> AgentProgram {
        let prelude = """
            import json, os, sys, threading, time, urllib.request, urllib.error
            def post(path, data):
                request = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + path, data=data,
                    headers={"Content-Type": "application/json"})
                try:
                    with urllib.request.urlopen(request, timeout=100) as reply:
                        return reply.status, reply.read().decode()
                except urllib.error.HTTPError as error:
                    return error.code, error.read().decode()
            def chat(messages, **more):
                status, text = post("/chat/completions", json.dumps(dict(model="gpt", messages=messages, **more)).encode())
                return status, json.loads(text)
            def said(answer):
                return answer[1]["choices"][0]["message"]
            def reward(value, **more):
                with open(os.environ["WHET_REWARD"], "w") as file:
                    json.dump(dict(reward=value, solved=value >= 1, **more), file)
            task = json.load(open(os.environ["WHET_TASK"]))
            messages = task["messages"]

            """
        return AgentProgram(
            ["python3", "-c", prelude + script], scoring: scoring, authority: authority, sharedKeys: sharedKeys,
            totalTime: totalTime, idleTime: idleTime)
    }

    static func play(
        _ agent: AgentProgram, on server: ScriptedServer, limits: EpisodeLimits = limits,
        version: PolicyVersion? = .initial
    ) async throws -> Rollout {
        try await AgentPlayer.withPlayer { agents in
            try await player(agent, on: server, agents).play(try plan(), limits: limits, version: version)
        }
    }

    static func player(
        _ agent: AgentProgram, on server: any InferenceServer, _ agents: AgentPlayer
    ) throws -> EpisodePlayer {
        EpisodePlayer(
            server: server, environments: { _ in AgentEnvironment(agent, on: YesWanted()) }, format: try format(),
            run: "test", agents: agents)
    }
}
