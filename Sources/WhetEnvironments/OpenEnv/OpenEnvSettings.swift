import WhetCore

/// How an OpenEnv server is reached and used, as a recipe says it.
struct OpenEnvSettings: Sendable {
    enum Transport: String, CaseIterable, Sendable {
        case webSocket = "web_socket"
        case http
    }

    /// How an episode's reward is made of those of its steps.
    enum Reward: String, CaseIterable, Sendable {
        /// The last that was given.
        case last
        case sum
    }

    let servers: [String]
    let transport: Transport
    let sessions: Int
    let stepLimit: Duration
    let maximumLevel: Int
    let reset: OpenEnvReset
    let action: OpenEnvAction
    let reader: AnswerReader
    let observation: FieldPath?
    let instructions: String?
    let reward: Reward
    let malformedReward: Double
    let passing: Double

    static let settings = [
        VerifierSetting(
            "servers", "one or more addresses such as http://127.0.0.1:8000, each with the same environment"),
        VerifierSetting("transport", "web_socket (default: openenv-core's sessions) or http (one session a server)"),
        VerifierSetting("sessions", "how many a server has at a time (its max_concurrent_envs); default 1"),
        VerifierSetting("step_seconds", "how long a server may take to answer; default 60"),
        VerifierSetting("maximum_level", "the hardest level; default 0: it has none"),
        VerifierSetting("reset", #"what reset is given; default {seed: "{seed}"}; "{level}" is the level"#),
        VerifierSetting(
            "action", #"what step is given; default {message: "{text}"}; or "{integer}", "{number}", "{json}""#),
        VerifierSetting("answer", "what of the policy's message is {text}, as in a rubric; default whole"),
        VerifierSetting("observation", "the field of the observation that the policy reads; default all of it as JSON"),
        VerifierSetting("instructions", "what the policy is told first, in a system message"),
        VerifierSetting("reward", "sum (default) or last: how the rewards of the steps make the episode's"),
        VerifierSetting("malformed_reward", "added where a message makes no action, which ends the episode; default 0"),
        VerifierSetting("passing", "the reward from which on a task is solved; default 1"),
    ]

    /// - Throws: `WhetError` that names the unknown or wrong key, what was expected and the nearest valid name.
    init(_ values: JSONObject, at place: String) throws {
        let settings = try VerifierSettings(values, names: Self.settings.map(\.name), at: place)
        func object(_ name: String) throws -> JSONObject? {
            try settings[name].map { value in
                guard let object = value.object else {
                    throw WhetError(
                        "\(value.excerpt) is not possible here", at: settings.place(of: name), expected: "an object")
                }
                return object
            }
        }
        servers = try settings.required(
            "servers", settings.texts("servers").flatMap { $0.isEmpty ? nil : $0 },
            "addresses such as http://127.0.0.1:8000"
        ).map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        transport = try settings.choice("transport", default: .webSocket)
        sessions = try settings.integer("sessions", atLeast: 1) ?? 1
        guard transport == .webSocket || sessions == 1 else {
            throw WhetError(
                "a server has one session by HTTP", at: settings.place(of: "sessions"), expected: "1",
                remedy: "transport: web_socket, or more servers")
        }
        guard sessions <= 1024 else {
            throw WhetError("these are too many", at: settings.place(of: "sessions"), expected: "at most 1024")
        }
        stepLimit = .seconds(try settings.number("step_seconds", in: 0.001...1_000_000, "seconds, more than 0") ?? 60)
        maximumLevel = try settings.integer("maximum_level", atLeast: 0) ?? 0
        reset = OpenEnvReset(template: try object("reset") ?? ["seed": "{seed}"])
        action = try OpenEnvAction(settings["action"] ?? ["message": "{text}"], at: settings.place(of: "action"))
        reader =
            try settings["answer"].map { try AnswerReader(settings: $0, at: settings.place(of: "answer")) } ?? .whole
        observation = try settings.text("observation").map { FieldPath($0) }
        instructions = try settings.text("instructions")
        reward = try settings.choice("reward", default: .sum)
        malformedReward = try settings.number("malformed_reward", in: .anyFinite, "a number") ?? 0
        passing = try settings.number("passing", in: .anyFinite, "a number") ?? 1
        if transport == .webSocket {
            for server in servers { _ = try WebSocketURL(server, adding: "/ws") }
        }
    }
}
