import Foundation
import Synchronization
import WhetCore
import WhetEnvironments
import WhetInference
import WhetRollouts
import WhetServing
import WhetText

/// One episode of an agent: answers its calls from the policy, and keeps what was sampled.
///
/// Keeps: every answer that left here is on record, and nothing else is; after `close` no call is under way and none is
/// begun; no more calls and, but for calls made at the same time, no more tokens than the limits allow.
final class RecordedEpisode: Sendable {
    struct Setting: Sendable {
        let server: any InferenceServer
        let format: ChatFormat
        let syntax: ToolCallSyntax?
        let limits: EpisodeLimits
        let authority: SamplingAuthority
        /// Goes into request ids.
        let name: String
        let seed: UInt64
    }

    /// What became of the calls.
    struct Record: Sendable {
        var tree = CallTree()
        /// Calls that were begun, answered or not.
        var begun = 0
        var sampledTokens = 0
        /// Which limit was reached first, in words.
        var exhaustion: String?
        /// Why what was sampled cannot be used.
        var failure: String?
        /// Calls refused by key, and those whose agent did not wait for the answer.
        var refused = 0
        var abandoned = 0
        /// How often a wish of the agent was not followed, by key.
        var overridden: [String: Int] = [:]
    }

    private struct State {
        var record = Record()
        var underWay: [Int: (placement: CallTree.Placement, occurrence: Int, task: Task<PolicyTurn, any Error>)] = [:]
        var abandoned: Set<Int> = []
        var occurrences: [[Int32]: Int] = [:]
        var refusedSinceExhaustion = 0
        /// Calls in a row whose messages were too long.
        var outgrown = 0
        var lastActivity = ContinuousClock.now
        var isClosed = false
    }

    /// A call that is being answered.
    struct Call: Sendable {
        fileprivate let order: Int
        fileprivate let request: AgentRequest
        fileprivate let placement: CallTree.Placement
        fileprivate let occurrence: Int
        fileprivate let generation: GenerationRequest
        fileprivate let isBoundByBudget: Bool
        fileprivate let task: Task<PolicyTurn, any Error>
    }

    /// An agent that goes on asking after its limits is ended after so many further calls.
    private static let patience = 8

    let setting: Setting
    /// Holds calls and lets them go on.
    let scheduling: TurnScheduling
    /// Ends when there is no sense in letting the agent run on.
    let stops: AsyncStream<Void>
    private let stop: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    /// - Parameter version: what the server must answer with; nil takes any.
    init(_ setting: Setting, version: PolicyVersion?) {
        self.setting = setting
        scheduling = TurnScheduling(setting.server, version: version)
        (stops, stop) = AsyncStream.makeStream()
    }

    // MARK: Calls

    /// Starts to answer a call.
    ///
    /// - Throws: `RequestProblem`, for the agent.
    func begin(_ request: AgentRequest) throws -> Call {
        do {
            return try start(request)
        } catch {
            noteRefusal()
            throw error
        }
    }

    func noteRefusal() {
        let isStubborn = state.withLock { state in
            state.record.refused += 1
            state.lastActivity = .now
            if state.record.exhaustion != nil { state.refusedSinceExhaustion += 1 }
            return state.refusedSinceExhaustion >= Self.patience
        }
        if isStubborn { stop.finish() }
    }

    private func start(_ request: AgentRequest) throws -> Call {
        if request.offersTools, setting.syntax == nil {
            throw RequestProblem.badValue(
                "the model's chat template does not write calls of tools in a way that is known here; leave tools out",
                parameter: "tools", code: "unsupported_parameter")
        }
        let tree = state.withLock { $0.record.tree }
        let placement: CallTree.Placement
        do { placement = try tree.placement(of: request.source, format: setting.format) } catch let error as WhetError {
            throw RequestProblem.badValue(
                "the chat template refuses the messages: \(error.sentence)", parameter: "messages")
        }
        return try state.withLock { state in
            guard !state.isClosed else { throw RequestProblem.episodeIsOver("the program has ended") }
            let budget = try grant(to: placement.prompt.count, &state)
            let occurrence = state.occurrences[placement.prompt, default: 0]
            let order = state.record.begun
            state.occurrences[placement.prompt] = occurrence + 1
            state.record.begun += 1
            state.lastActivity = .now
            for key in request.overridden { state.record.overridden[key, default: 0] += 1 }
            var sampling = setting.limits.sampling
            sampling.maximumNewTokens = min(budget, request.maximumNewTokens ?? .max)
            sampling.stopStrings += request.stops.filter { !$0.isEmpty && !sampling.stopStrings.contains($0) }
            let generation = GenerationRequest(
                id: "\(setting.name)-\(order)", tokens: placement.prompt, sampling: sampling,
                seed: RandomStream.key(
                    seed: setting.seed, purpose: "agent call", placement.prompt.map(Int.init) + [occurrence]),
                affinity: setting.name)
            let task = Task { [scheduling] in try await scheduling.turn(generation, order: order) }
            state.underWay[order] = (placement, occurrence, task)
            return Call(
                order: order, request: request, placement: placement, occurrence: occurrence, generation: generation,
                isBoundByBudget: budget <= request.maximumNewTokens ?? .max, task: task)
        }
    }

    /// How many tokens the next answer may have.
    private func grant(to promptCount: Int, _ state: inout State) throws -> Int {
        let limits = setting.limits
        let left = limits.sampling.maximumNewTokens - state.record.sampledTokens
        if state.record.exhaustion == nil {
            if state.record.begun >= limits.maximumTurns {
                state.record.exhaustion = "the agent wanted more than \(limits.maximumTurns) calls"
            } else if left <= 0 {
                state.record.exhaustion = "the agent used all of its \(limits.sampling.maximumNewTokens) tokens"
            }
        }
        if let reason = state.record.exhaustion, state.record.begun >= limits.maximumTurns || left <= 0 {
            throw RequestProblem.episodeIsOver(reason)
        }
        guard promptCount < limits.maximumContext else {
            state.outgrown += 1
            if state.outgrown >= Self.patience, state.record.exhaustion == nil {
                state.record.exhaustion = "the agent's messages outgrew the context of \(limits.maximumContext) tokens"
                state.refusedSinceExhaustion = Self.patience
            }
            throw RequestProblem.badValue(
                """
                This model's maximum context length is \(limits.maximumContext) tokens, and your messages have \
                \(promptCount); shorten them
                """, parameter: "messages", code: "context_length_exceeded")
        }
        return min(left, limits.maximumContext - promptCount)
    }

    /// Waits for the answer, and puts it on record.
    ///
    /// - Throws: `RequestProblem`, for the agent.
    func finish(_ call: Call) async throws -> AgentReply {
        let result = await withTaskCancellationHandler { await call.task.result } onCancel: { call.task.cancel() }
        do {
            return try state.withLock { state in
                state.underWay[call.order] = nil
                state.lastActivity = .now
                guard !state.isClosed, !state.abandoned.contains(call.order), !Task.isCancelled else {
                    throw RequestProblem.episodeIsOver("nobody waits for this answer")
                }
                return try keep(try result.get(), call, &state)
            }
        } catch let problem as RequestProblem {
            throw problem
        } catch {
            state.withLock {
                $0.record.failure = $0.record.failure ?? "call \(call.order + 1) of the agent failed: \(error)"
            }
            stop.finish()
            throw RequestProblem(
                status: .internalServerError, message: "the policy could not be asked", type: "server_error",
                code: "inference_failed")
        }
    }

    private func keep(_ turn: PolicyTurn, _ call: Call, _ state: inout State) throws -> AgentReply {
        let format = setting.format
        let tokens = turn.tokens
        let isChat = call.request.kind == .chat
        let answer = isChat
            ? PolicyAnswer(
                tokens, format: format, syntax: call.request.offersTools ? setting.syntax : nil,
                stops: call.generation.sampling.stopStrings, isThinking: isThinking(call.placement.prompt),
                key: call.generation.seed)
            : PolicyAnswer(text: format.text(of: tokens).cut(at: call.generation.sampling.stopStrings))
        var conversation: Conversation?
        if case .chat(let asked) = call.request.source { conversation = try asked.answered(by: answer.message) }
        if !tokens.isEmpty {
            state.record.tree.append(
                CallTree.Call(
                    placement: call.placement, occurrence: call.occurrence, order: call.order,
                    conversation: conversation, spans: turn.spans, times: turn.times))
        }
        state.outgrown = 0
        state.record.sampledTokens += tokens.count
        if turn.finish == .length, call.isBoundByBudget, state.record.exhaustion == nil {
            state.record.exhaustion =
                "an answer reached the \(call.generation.sampling.maximumNewTokens) tokens left to it"
        }
        return AgentReply(
            id: "\(call.request.kind.rawValue)-\(call.generation.id)", model: call.request.model ?? "policy",
            created: Int(Date().timeIntervalSince1970), request: call.request, answer: answer,
            tokens: zip(tokens, turn.logProbabilities).map { AgentReply.Token(token: $0, logProbability: $1) },
            finish: turn.finish, promptTokens: call.placement.prompt.count, cachedTokens: turn.cachedTokens,
            tokenizer: format.tokenizer)
    }

    /// Whether the template has opened the policy's thoughts already.
    private func isThinking(_ prompt: [Int32]) -> Bool {
        setting.format.tokenizer.decode(Array(prompt.suffix(8))).trimmingSpace.hasSuffix("<think>")
    }

    /// The agent has gone and will not read the answer.
    func abandon(_ call: Call) {
        state.withLock { state in
            guard state.underWay[call.order] != nil, state.abandoned.insert(call.order).inserted else { return }
            state.record.abandoned += 1
        }
        call.task.cancel()
    }

    // MARK: The end

    /// What there is so far, with the beginnings of answers that are being made.
    var recordSoFar: Record {
        let turns = scheduling.turnsUnderWay
        return state.withLock { state in
            var record = state.record
            for (order, turn) in turns.sorted(by: { $0.key < $1.key }) where !turn.spans.isEmpty {
                guard let call = state.underWay[order], !state.abandoned.contains(order) else { continue }
                record.tree.append(
                    CallTree.Call(
                        placement: call.placement, occurrence: call.occurrence, order: order, conversation: nil,
                        spans: turn.spans, times: turn.times))
            }
            return record
        }
    }

    /// The program starts now: what came before was waiting for a place.
    func noteStart() { state.withLock { $0.lastActivity = .now } }

    /// For how long nothing was asked; nil while an answer is being made.
    func quietTime(at now: ContinuousClock.Instant) -> Duration? {
        state.withLock { $0.underWay.isEmpty ? $0.lastActivity.duration(to: now) : nil }
    }

    /// Ends what is under way and refuses what comes later.
    func close() async -> Record {
        let tasks = state.withLock { state in
            state.isClosed = true
            state.record.abandoned += state.underWay.count { !state.abandoned.contains($0.key) }
            return state.underWay.values.map(\.task)
        }
        for task in tasks { task.cancel() }
        for task in tasks { _ = await task.result }
        stop.finish()
        return state.withLock { $0.record }
    }
}

extension RequestProblem {
    /// A client should not try again: 400 says so to OpenAI's own.
    static func episodeIsOver(_ reason: String) -> RequestProblem {
        RequestProblem(
            status: .badRequest, message: "this episode is over: \(reason)", type: "invalid_request_error",
            code: "episode_over")
    }
}
