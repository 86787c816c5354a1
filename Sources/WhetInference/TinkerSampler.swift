import Foundation
import Synchronization
import WhetCore
import WhetHTTP
import WhetTinker

/// A client of a service that samples by the Tinker API: the weights are where its trainer put them.
///
/// One sample a call, each with a seed of its own, because one seed may give all samples of a call the same tokens. The
/// API has no abort: an aborted request is no longer listened to, and nothing of it is kept.
///
/// Keeps: every generation is of one sampling session, whose weights never change, so it is known which version sampled
/// it; a publication neither waits for what is under way nor disturbs it.
final class TinkerSampler: InferenceServer {
    /// What is sampled from.
    private struct Published: Sendable {
        /// The sampling session.
        var id: String
        /// Of the weights; nil for the base model's.
        var policy: RemotePolicy?
        var version: PolicyVersion?
    }

    private struct State {
        var session: TinkerSession?
        var published: Published?
        /// Requests of the sampling session.
        var requests = 0
    }

    let capabilities: InferenceCapabilities
    private let connection: TinkerConnection
    private let settings: InferenceSettings
    private let baseModel: String
    private let outstanding = OutstandingRequests()
    private let state = Mutex(State())
    /// Sessions are opened one after the other.
    private let opening = Turnstile(places: 1)

    init(_ connection: TinkerConnection, settings: InferenceSettings, baseModel: String) {
        self.connection = connection
        self.settings = settings
        self.baseModel = baseModel
        capabilities = InferenceCapabilities(
            kind: .tinker, logProbabilities: .raw, abort: .byClosing, keepsPartialOutput: false,
            publications: [.remote], version: .perAnswer)
    }

    var name: String { connection.name }

    func generate(_ request: GenerationRequest) async throws -> Generation {
        try request.validate()
        if let refusal = capabilities.refusal(of: request.sampling) { throw refusal }
        // The service ends nothing by itself, not even at the model's own end.
        var request = request
        request.sampling.stopTokens += settings.endTokens.filter { !request.sampling.stopTokens.contains($0) }
        guard request.sampling.stopStrings.isEmpty || request.sampling.stopTokens.isEmpty else {
            throw WhetError(
                "the Tinker API stops at strings or at token ids, not at both", at: name,
                remedy: "leave stop strings out: the end of a turn is a token id")
        }
        return try await outstanding.running(request, vocabularySize: settings.vocabularySize) { [request] entry in
            let published = try await self.current()
            do {
                // What may pass on the way is tried again there; here, an answer that makes no sense.
                for count in 1..<self.settings.retry.maximumTries {
                    try entry.willSend(request.wireID(try: count))
                    do { return try await self.sample(request, from: published) } catch is GarbledAnswer { continue }
                }
                return try await self.sample(request, from: published)
            } catch let garbled as GarbledAnswer {
                throw garbled.error
            } catch let refusal as TinkerRefusal {
                guard refusal.isLoss else { throw refusal.whetError }
                self.forget(published)
                throw UnknownWeights(server: self.name, because: "the service has lost them: \(refusal.words)")
            }
        }
    }

    private func sample(_ request: GenerationRequest, from published: Published) async throws -> Generation {
        let session = try await openSession()
        let number = state.withLock { state in
            defer { state.requests += 1 }
            return state.requests
        }
        let body = TinkerCompletion.body(of: request, session: published.id, number: number)
        let id = try await session.begin("asample", body)
        let answer = try await session.result(of: id, from: "asample")
        do {
            return try TinkerCompletion.generation(
                answer, request: request, version: published.version, vocabularySize: settings.vocabularySize)
        } catch {
            throw GarbledAnswer(error: error)
        }
    }

    func abort(requestID: String) async throws { await outstanding.close(requestID) }

    func abandon() { outstanding.giveUpAll() }

    func health() async throws { _ = try await connection.get("healthz") }

    // MARK: Weights

    /// The version that was published last, as long as the service has its sampling session.
    func policyVersion() async throws -> PolicyVersion? {
        guard let published = state.withLock({ $0.published }), let policy = published.policy else { return nil }
        do {
            let answer = try await connection.get("samplers/\(published.id)").root
            return answer["model_path"]?.string == policy.path ? published.version : nil
        } catch let refusal as TinkerRefusal {
            // 405: a service that does not tell; what it was told stands.
            return refusal.status == 405 ? published.version : nil
        }
    }

    func publish(directory: URL, version: PolicyVersion) async throws {
        throw capabilities.refusal(of: .directory)
            ?? WhetError("the service takes no directory", at: name)
    }

    /// A sampling session of these weights, and a token from it: they are there when it comes.
    func publish(remote: RemotePolicy, version: PolicyVersion) async throws {
        do {
            let published = Published(
                id: try await openSampler(["model_path": .string(remote.path)]), policy: remote, version: version)
            let probe = GenerationRequest(
                id: "whet-publication", tokens: [1], sampling: SamplingParameters(maximumNewTokens: 1), seed: 1)
            _ = try await sample(probe, from: published)
            state.withLock { $0.published = published }
        } catch let refusal as TinkerRefusal {
            var words = refusal.whetError
            words.expected = "the service that holds \(remote.path)"
            throw words
        } catch let garbled as GarbledAnswer {
            throw garbled.error
        }
    }

    /// What is sampled from: what was published, else the base model.
    private func current() async throws -> Published {
        if let published = state.withLock({ $0.published }) { return published }
        let made = Published(id: try await openSampler(["base_model": .string(baseModel)]))
        return state.withLock { state in
            if state.published == nil { state.published = made }
            return state.published ?? made
        }
    }

    private func openSampler(_ source: JSONObject) async throws -> String {
        func ask() async throws -> JSONDocument {
            let session = try await openSession()
            var body = source
            body["session_id"] = .string(session.id)
            body["sampling_session_seq_id"] = .integer(session.nextSampler())
            body["type"] = "create_sampling_session"
            return try await connection.post("create_sampling_session", .object(body))
        }
        let answer: JSONView
        do { answer = try await ask().root } catch let refusal as TinkerRefusal where refusal.isLoss {
            // The session, since nothing else is looked up yet: a service that was started again knows it no longer.
            state.withLock { $0.session = nil }
            answer = try await ask().root
        }
        guard let id = answer["sampling_session_id"]?.string else {
            throw connection.nonsense("create_sampling_session", "has no sampling_session_id")
        }
        return id
    }

    /// The session, opened when it is needed, and again when the service has lost it.
    private func openSession() async throws -> TinkerSession {
        if let session = state.withLock({ $0.session }), !session.isLost { return session }
        return try await opening.pass { [self] in
            if let session = state.withLock({ $0.session }), !session.isLost { return session }
            let session = try await TinkerSession.open(connection)
            state.withLock { $0.session = session }
            return session
        }
    }

    /// What the service has lost is not asked for again.
    private func forget(_ published: Published) {
        state.withLock { state in
            // A base model needs no publication, only a new session.
            if state.published?.id == published.id, published.policy == nil { state.published = nil }
        }
    }
}
