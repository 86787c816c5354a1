import WhetCore

/// A program that speaks the protocol "whet-environment", version 1 (docs/environments.md), and how it is to be run.
public struct EnvironmentProgram: Hashable, Sendable {
    public var command: ProcessCommand
    /// How many of it run at a time, each a process of its own.
    public var workers: Int
    /// How many tasks or episodes one request holds at most.
    public var batchSize: Int
    /// From a start to the answer to hello: imports may take long.
    public var startLimit: Duration
    /// For one request, however many it holds. A worker that takes longer is killed.
    public var requestLimit: Duration
    /// So many workers may fail within `restartWindow`. With the next, no other is started until the window has moved
    /// on, and where none lives any more all that waits fails.
    public var maximumRestarts: Int
    public var restartWindow: Duration
    /// A longer line from a worker ends it.
    public var maximumLineBytes: Int

    public init(
        _ command: ProcessCommand, workers: Int = 2, batchSize: Int = 64, startLimit: Duration = .seconds(120),
        requestLimit: Duration = .seconds(60), maximumRestarts: Int = 8, restartWindow: Duration = .seconds(60),
        maximumLineBytes: Int = 1 << 28
    ) {
        self.command = command
        self.workers = max(1, workers)
        self.batchSize = max(1, batchSize)
        self.startLimit = startLimit
        self.requestLimit = requestLimit
        self.maximumRestarts = max(0, maximumRestarts)
        self.restartWindow = restartWindow
        self.maximumLineBytes = max(1024, maximumLineBytes)
    }

    /// What messages call it.
    var place: String { "environment program \(command.words)" }
}

/// What a program's hello says about one of its environments.
public struct ProgramEnvironment: Hashable, Sendable {
    public let name: String
    public let maximumLevel: Int
    /// Whether it replies to the policy; if not, it is never asked to.
    public let isMultiTurn: Bool
    /// A JSON schema of its options, or an empty object.
    public let options: JSONObject
    /// What it states for `whet env check` to hold it to.
    public let claims: EnvironmentClaims

    /// Reads the result of a hello.
    ///
    /// - Throws: `WhetError` when the program speaks something else.
    static func list(_ hello: JSONValue) throws -> [ProgramEnvironment] {
        guard hello["protocol"]?.string == "whet-environment" else {
            throw WhetError(
                "the program does not speak whet's protocol", expected: #""protocol": "whet-environment" in its hello"#)
        }
        guard hello["version"]?.integer == 1 else {
            throw WhetError(
                "the program speaks version \(hello["version"]?.text() ?? "none") of the protocol",
                expected: "version 1")
        }
        let list = try hello.required("environments", "a list", \.array).map { entry in
            ProgramEnvironment(
                name: try entry.required("name", "a text", \.string),
                maximumLevel: try entry.required("maximum_level", "a whole number", \.integer),
                isMultiTurn: entry["multi_turn"]?.bool ?? false, options: entry["options"]?.object ?? [:],
                claims: try EnvironmentClaims(hello: entry))
        }
        guard Set(list.map(\.name)).count == list.count else {
            throw WhetError("the program lists two environments of one name", at: "hello")
        }
        return list
    }
}

extension EnvironmentClaims {
    /// Reads `outcome`, `rewards` and `secrets` of an environment in a hello; each may be left out.
    ///
    /// - Throws: `WhetError` when one is of another form.
    init(hello entry: JSONValue) throws {
        let outcome: Outcome
        switch entry["outcome"]?.string ?? (entry["outcome"] == nil ? "certain" : "") {
        case "certain": outcome = .certain
        case "chance": outcome = .chance()
        default:
            throw WhetError(
                "\(entry["outcome"]?.excerpt ?? "") is not possible here", at: "outcome", expected: "\"certain\" or \"chance\"")
        }
        var rewards: ClosedRange<Double>?
        if let given = entry["rewards"], !given.isNull {
            guard let ends = given.array?.compactMap(\.double), ends.count == 2, ends[0] < ends[1],
                ends.allSatisfy(\.isFinite)
            else {
                throw WhetError(
                    "\(given.excerpt) is not possible here", at: "rewards", expected: "[least, greatest]: two finite numbers")
            }
            rewards = ends[0]...ends[1]
        }
        if outcome != .certain, rewards == nil {
            throw WhetError(
                "chance decides, but the range of rewards is not stated", at: "rewards",
                expected: "[least, greatest], which proofs about averages need")
        }
        let secrets = try (entry["secrets"]?.array ?? []).map { secret in
            guard let name = secret.string else {
                throw WhetError("\(secret.excerpt) is not possible here", at: "secrets", expected: "names of problem members")
            }
            return name
        }
        self.init(outcome, rewards: rewards, secrets: Set(secrets))
    }
}

extension JSONValue {
    /// The member of an object that has to be there.
    ///
    /// - Throws: `WhetError` that names it.
    func required<Value>(_ key: String, _ expected: String, _ read: (JSONValue) -> Value?) throws -> Value {
        guard let member = self[key] else { throw WhetError("the key \"\(key)\" is missing", expected: expected) }
        guard let value = read(member) else {
            throw WhetError("\(member.excerpt) is not possible here", at: key, expected: expected)
        }
        return value
    }

    /// Its text, cut to a length that fits a message.
    var excerpt: String {
        let text = self.text()
        return text.utf8.count > 200 ? String(text.prefix(200)) + "…" : text
    }
}
