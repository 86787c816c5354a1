import WhetCore
import WhetEnvironments
import WhetText

/// Tasks in a world of apps, done by calls of their functions: in Python that the policy writes, or as JSON tools.
///
/// Keeps: nothing is started before it is needed, and what was started ends with the environment.
struct AppTasks: ExternalEnvironment, ClosingEnvironment {
    static let name = "AppTasks"

    /// How functions are called.
    enum Form: String, Hashable, Sendable, CaseIterable { case python, json }

    var name: String { Self.name }
    var computesHere: Bool { false }
    /// Of tools in a rollout; a block of Python is one. Twice what the longest reference solution makes.
    static let mostCalls = 60
    private let form: Form
    private let tools: OnDemand<ToolEnvironment>

    /// - Parameter syntax: of calls as JSON; Python comes in blocks.
    init(
        _ form: Form = .python, reward: AppReward = .share, kind: AppTaskKind? = nil, syntax: ToolCallSyntax = .hermes
    ) {
        let source = AppTaskSource(form: form, kind: kind, syntax: form == .python ? .pythonBlock : syntax)
        self.form = form
        tools = OnDemand {
            try await ToolEnvironment(
                source, tools: [try form.tools(reward)], syntax: source.syntax,
                limits: ToolLimits(calls: Self.mostCalls))
        }
    }

    /// Ends what was started.
    func close() async { await tools.ifMade()?.close() }

    func prepare() async throws -> Int {
        _ = try await tools.value()
        if form == .python { try await Sandbox().check() }
        return AppTaskKind.hardest
    }

    func task(level: Int, seed: UInt64) async throws -> PracticeTask {
        try await tools.value().task(level: level, seed: seed)
    }

    func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        try await tools.value().reply(to: messages, of: task)
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        try await tools.value().score(messages, of: task)
    }

    func callsApart(in messages: [Message], of task: PracticeTask) async throws -> [Message] {
        try await tools.value().callsApart(in: messages, of: task)
    }

    func demonstration(of task: PracticeTask) async throws -> [Message]? {
        try await tools.value().demonstration(of: task)
    }
}

extension AppTasks.Form {
    /// - Throws: `WhetError` where Python is needed and there is no sandbox.
    fileprivate func tools(_ reward: AppReward) throws -> any ToolSet {
        switch self {
        case .json: AppTools(reward: reward)
        case .python: try AppPythonTools(sandbox: Sandbox(), reward: reward)
        }
    }
}

extension AppTasks {
    private static let syntaxes: [ToolCallSyntax] = [.hermes, .qwenCoder, .mistral, .llama]

    /// For the catalog.
    static let entry = EnvironmentCatalog.Entry(
        name,
        options: [
            EnvironmentOption(
                "calls", .choice(Form.allCases.map(\.rawValue)), default: .string(Form.python.rawValue),
                summary: "python: the policy writes code, which runs in the sandbox; json: each function is a tool"),
            EnvironmentOption(
                "reward", .choice(AppReward.allCases.map(\.rawValue)), default: .string(AppReward.share.rawValue),
                summary: "share: of the checks that passed; solved: 1 where all did, else 0"),
            EnvironmentOption(
                "kind", .choice(["any"] + AppTaskKind.all.map(\.name)), default: "any",
                summary: "the only kind of task, at any level; any: those of the level"),
            EnvironmentOption(
                "syntax", .choice(syntaxes.map(\.rawValue)), default: .string(ToolCallSyntax.hermes.rawValue),
                summary: "json: how the policy writes calls"),
        ],
        summary: "Do what somebody asks for in their mail, calendar, files, contacts and shop, by code or calls",
        maximumLevel: AppTaskKind.hardest, claims: EnvironmentClaims(rewards: 0...1)
    ) { options in
        AppTasks(
            options.choice("calls").flatMap(Form.init(rawValue:)) ?? .python,
            reward: options.choice("reward").flatMap(AppReward.init(rawValue:)) ?? .share,
            kind: AppTaskKind.all.first { $0.name == options.choice("kind") },
            syntax: options.choice("syntax").flatMap(ToolCallSyntax.init(rawValue:)) ?? .hermes)
    }
}
