import WhetCore
import WhetHTTP

/// An environment on OpenEnv servers (github.com/meta-pytorch/OpenEnv): reset, then step by step.
///
/// Keeps: what an episode is follows from its task and messages: a session that is gone is played again from reset, and
/// where the server then says something else than the conversation holds, that is an error, not a score. A server that
/// fails, or gives an episode that is over no reward, gives no score.
struct OpenEnvEnvironment: ExternalEnvironment {
    let name: String
    var computesHere: Bool { false }
    private let settings: OpenEnvSettings
    private let sessions: OpenEnvSessions

    /// Connects to nothing yet.
    init(_ name: String, settings: OpenEnvSettings, client: HTTPClient) throws {
        self.name = name
        self.settings = settings
        switch settings.transport {
        case .http:
            sessions = OpenEnvSessions(servers: settings.servers.count, sessionsPerServer: 1) { server in
                OpenEnvHTTPSession(client: client, url: settings.servers[server], limit: settings.stepLimit)
            }
        case .webSocket:
            let urls = try settings.servers.map { try WebSocketURL($0, adding: "/ws") }
            sessions = OpenEnvSessions(servers: urls.count, sessionsPerServer: settings.sessions) { server in
                OpenEnvSocketSession(socket: WebSocket(urls[server]), limit: settings.stepLimit)
            }
        }
    }

    /// Ends the sessions on the servers that are not in use.
    func close() async { await sessions.close() }

    /// Resets an episode: whether the settings fit the server shows then.
    func prepare() async throws -> Int {
        _ = try await task(level: 0, seed: 0)
        return settings.maximumLevel
    }

    func task(level: Int, seed: UInt64) async throws -> PracticeTask {
        try check(level: level, upTo: settings.maximumLevel)
        let reset = settings.reset.data(seed: seed, level: level)
        let episode = try await sessions.play(OpenEnvPlan(reset: reset, actions: []))
        guard !episode.isDone else { throw WhetError("the episode is over before it began", at: place) }
        let system = settings.instructions.map { [Message(.system, $0)] } ?? []
        return PracticeTask(
            environment: name, seed: seed, level: level, messages: system + [try message(episode.opening)],
            problem: ["reset": .object(reset)])
    }

    func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        let played = try await play(messages, of: task)
        guard !played.endsMalformed, !played.episode.isDone, let last = played.episode.steps.last else { return nil }
        return [try message(last)]
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        let played = try await play(messages, of: task)
        let rewards = played.episode.steps.compactMap(\.reward)
        guard !rewards.isEmpty || !played.episode.isDone else {
            throw WhetError("the episode is over, and the server gave no reward", at: place)
        }
        var reward = settings.reward == .sum ? rewards.reduce(0, +) : rewards.last ?? 0
        if played.endsMalformed { reward += settings.malformedReward }
        let count = played.episode.steps.count
        let end =
            played.endsMalformed
            ? "the next message makes no action"
            : played.episode.isDone ? "the episode is over" : "it ended before the episode was over"
        let steps = count == 1 ? "1 step" : "\(count) steps"
        return Score(
            reward: reward, isSolved: reward >= settings.passing - 1e-9,
            reason: "\(settings.reward == .sum ? "sum" : "last") of the rewards of \(steps); \(end)")
    }

    private var place: String { "environment \(name)" }

    private struct Played {
        let episode: OpenEnvEpisode
        /// The policy's last message made no action.
        let endsMalformed: Bool
    }

    private func play(_ messages: [Message], of task: PracticeTask) async throws -> Played {
        guard let reset = task.problem["reset"]?.object else {
            throw WhetError("the problem has no \"reset\"", at: place, expected: "a task of this environment")
        }
        let turns = messages.dropFirst(task.messages.count)
        let texts = turns.filter { $0.role == .assistant }.map(\.content)
        guard !texts.isEmpty else {
            throw WhetError(
                "nothing to play: the conversation has no message of the policy", at: place,
                expected: "an assistant message after the opening messages")
        }
        let actions = try texts.map { text in try settings.reader.answer(in: text).flatMap(settings.action.action) }
        let made = Array(actions.prefix { $0 != nil }.compactMap { $0 })
        guard made.count >= actions.count - 1 else {
            throw WhetError("the conversation goes on after a message that makes no action", at: place)
        }
        let episode: OpenEnvEpisode
        do {
            episode = try await sessions.play(OpenEnvPlan(reset: reset, actions: made))
        } catch let error as WhetError {
            throw error.within(place)
        }
        try compare(episode, with: messages, of: task)
        guard episode.steps.count == made.count else {
            throw WhetError("the conversation goes on after the episode was over", at: place)
        }
        return Played(episode: episode, endsMalformed: made.count < actions.count)
    }

    /// Whether the server says what it said before.
    private func compare(_ episode: OpenEnvEpisode, with messages: [Message], of task: PracticeTask) throws {
        let told = messages.filter { $0.role == .user }.map(\.content)
        let said = try ([episode.opening] + episode.steps).map { try message($0).content }
        for (index, (told, said)) in zip(told, said).enumerated() where told != said {
            throw WhetError(
                "the server does not repeat itself: after \(index) steps it says \(said.excerpt), not \(told.excerpt)",
                at: place, expected: "the same for the same reset and actions",
                remedy: "see that the environment uses the seed that reset gives it")
        }
    }

    private func message(_ observation: OpenEnvObservation) throws -> Message {
        guard let path = settings.observation else { return Message(.user, observation.observation.text()) }
        guard let value = path.value(in: observation.observation) else {
            throw WhetError(
                "the observation has no field \"\(path)\"", at: place,
                expected: observation.observation.object.map { "one of \($0.keys.joined(separator: ", "))" },
                suggestion: observation.observation.object.flatMap { path.description.nearest(among: $0.keys) })
        }
        return Message(.user, value.string ?? value.text())
    }
}
