import Synchronization
import WhetCore
import WhetHTTP

/// A session with a service, kept alive by heartbeats until it is closed or let go of.
public final class TinkerSession: Sendable {
    private struct State {
        var heartbeats: Task<Void, Never>?
        var isLost = false
        var models = 0
        var samplers = 0
    }

    public let connection: TinkerConnection
    /// The service's name for it.
    public let id: String
    private let state = Mutex(State())

    /// Opens one.
    ///
    /// - Throws: as `TinkerConnection.post`.
    public static func open(_ connection: TinkerConnection) async throws -> TinkerSession {
        let body: JSONValue = [
            "tags": ["whet"], "user_metadata": [:], "sdk_version": "whet", "type": "create_session",
        ]
        let answer = try await connection.post("create_session", body).root
        guard let id = answer["session_id"]?.string else {
            throw connection.nonsense("create_session", "has no session_id")
        }
        if let complaint = answer["error_message"]?.string, !complaint.isEmpty {
            throw TinkerRefusal(status: 200, words: complaint, route: "create_session", service: connection.name)
        }
        let session = TinkerSession(connection, id: id)
        session.beat()
        return session
    }

    private init(_ connection: TinkerConnection, id: String) {
        self.connection = connection
        self.id = id
    }

    deinit { state.withLock { $0.heartbeats }?.cancel() }

    /// Whether the service said that it knows the session no longer.
    public var isLost: Bool { state.withLock { $0.isLost } }

    /// Ends the heartbeats; the service forgets the session in its own time.
    public func close() async {
        let heartbeats = state.withLock { $0.heartbeats }
        heartbeats?.cancel()
        await heartbeats?.value
    }

    /// Counts this session's models from 0, as the API wants it.
    public func nextModel() -> Int {
        state.withLock { state in
            defer { state.models += 1 }
            return state.models
        }
    }

    /// Counts this session's sampling sessions from 0, as the API wants it.
    public func nextSampler() -> Int {
        state.withLock { state in
            defer { state.samplers += 1 }
            return state.samplers
        }
    }

    private func beat() {
        let heartbeats = Task { [weak self, connection, id] in
            while !Task.isCancelled {
                do { try await Task.sleep(for: connection.settings.heartbeat) } catch { return }
                do {
                    _ = try await connection.post(
                        "session_heartbeat", ["session_id": .string(id), "type": "session_heartbeat"])
                } catch let refusal as TinkerRefusal where refusal.isLoss {
                    self?.state.withLock { $0.isLost = true }
                    return
                } catch {
                    // One that is missed does no harm: a service waits for minutes.
                    continue
                }
            }
        }
        state.withLock { $0.heartbeats = heartbeats }
    }
}

// MARK: Futures

extension TinkerSession {
    /// Asks for something that takes long.
    ///
    /// - Returns: what `result(of:)` takes.
    public func begin(
        _ route: String, _ body: [UInt8], repetition: TinkerConnection.Repetition = .allowed
    ) async throws -> String {
        let answer = try await connection.post(route, body, repetition: repetition).root
        guard let id = answer["request_id"]?.string ?? answer["request_id"]?.integer.map(String.init) else {
            throw connection.nonsense(route, "has no request_id")
        }
        return id
    }

    /// Waits for the result of something that takes long.
    ///
    /// - Parameter route: what was asked for, for messages.
    /// - Throws: `TinkerRefusal` with the service's words when it failed; `HTTPError` when the service is gone.
    public func result(of request: String, from route: String) async throws -> JSONDocument {
        let body = JSONText(["request_id": .string(request)]).bytes
        var pause = Duration.milliseconds(20)
        while true {
            let began = ContinuousClock.now
            do {
                let answer = try await connection.post("retrieve_future", body)
                if answer.root["type"]?.string != "try_again" {
                    guard let words = answer.root["error"]?.string else { return answer }
                    throw TinkerRefusal(status: 200, words: words, route: route, service: connection.name)
                }
            } catch var refusal as TinkerRefusal {
                refusal.route = route
                guard refusal.status == 408 else { throw refusal }
            }
            // A service that says so at once is not asked a thousand times a second.
            if began.duration(to: .now) < .seconds(1) {
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(1))
            }
        }
    }

    /// Asks for something that takes long, and waits for it.
    public func perform(_ route: String, _ body: JSONValue) async throws -> JSONDocument {
        try await result(of: try await begin(route, JSONText(body).bytes), from: route)
    }
}

extension TinkerConnection {
    /// For an answer that lacks what the API promises.
    package func nonsense(_ route: String, _ problem: String) -> WhetError {
        WhetError(
            "the service's answer to \(route) \(problem)", at: name, expected: "a service that speaks the Tinker API")
    }

    /// The models that the service offers, by name.
    public func models() async throws -> [String] {
        let answer: JSONView
        do { answer = try await get("get_server_capabilities").root } catch let refusal as TinkerRefusal
            where refusal.status == 404
        {
            throw WhetError(
                "what answers there does not speak the Tinker API", at: name,
                expected: "SkyRL's server, the hosted service, or whet serve --tinker",
                remedy: "see that the address and the port are the trainer's")
        }
        guard let models = answer["supported_models"]?.elements else {
            throw nonsense("get_server_capabilities", "has no supported_models")
        }
        return models.compactMap { $0["model_name"]?.string }
    }

    /// The one to train or sample from.
    ///
    /// - Parameters:
    ///   - wanted: nil for the only one that there is.
    ///   - key: of a recipe that names it.
    /// - Throws: `WhetError` when the service does not have it, or has several to choose from.
    public func model(named wanted: String?, key: String) async throws -> String {
        let models = try await models()
        if let wanted {
            guard models.isEmpty || models.contains(wanted) else {
                var refusal = WhetError.unknownName(wanted, kind: "base model", among: models, at: name)
                refusal.remedy = "\(key): one of them"
                throw refusal
            }
            return wanted
        }
        guard models.count == 1 else {
            throw WhetError(
                models.isEmpty ? "the service lists no model" : "the service has several models", at: name,
                expected: models.isEmpty ? nil : "one of \(models.sorted().joined(separator: ", "))",
                remedy: "\(key): its name")
        }
        return models[0]
    }
}
