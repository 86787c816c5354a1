import WhetCore

/// An environment of an environment program, in any language.
///
/// Keeps: what the program does not give (it died, it hung, it answered nonsense) is an error, never a score; the same
/// level and seed give the same task, as the protocol asks of programs.
struct ProcessEnvironment: Environment {
    let name: String
    var computesHere: Bool { false }
    /// What the program says about it.
    let listing: ProgramEnvironment
    let options: JSONObject
    private let pool: WorkerPool
    private let optionsText: String

    /// - Parameters:
    ///   - name: what recipes call it; the program's own name for it unless given.
    ///   - options: what the program is given with every request.
    /// - Throws: `WhetError` for an option that the program's schema does not have.
    init(
        _ listing: ProgramEnvironment, pool: WorkerPool, named name: String? = nil,
        options: JSONObject = EnvironmentOptions.noneGiven
    ) throws {
        self.name = name ?? listing.name
        self.listing = listing
        self.options = options
        self.pool = pool
        optionsText = JSONValue.object(options).text()
        try Self.check(options, against: listing.options, of: self.name)
    }

    /// Starts a worker to see what the program has, and takes the environment of that name.
    ///
    /// - Throws: `WhetError` when the program cannot be used, or has none of that name.
    init(
        _ listedName: String, pool: WorkerPool, named name: String? = nil,
        options: JSONObject = EnvironmentOptions.noneGiven
    ) async throws {
        let listings = try await pool.environments()
        guard let listing = listings.first(where: { $0.name == listedName }) else {
            throw WhetError.unknownName(
                listedName, kind: "environment", among: listings.map(\.name), at: pool.program.place)
        }
        try self.init(listing, pool: pool, named: name, options: options)
    }

    func task(level: Int, seed: UInt64) async throws -> PracticeTask {
        try check(level: level, upTo: max(0, listing.maximumLevel))
        return try await ask(.tasks, ["level": .integer(level), "seed": .string(String(seed))]) { result in
            let messages = try messages(result.required("messages", "a list of messages", \.array))
            guard !messages.isEmpty else {
                throw WhetError("the task has no messages", expected: "at least one for the policy to answer")
            }
            guard let problem = result["problem"] else { throw WhetError("the task has no \"problem\"") }
            return PracticeTask(environment: name, seed: seed, level: level, messages: messages, problem: problem)
        }
    }

    func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        guard listing.isMultiTurn else { return nil }
        return try await ask(.reply, episode(messages, task), reading: optionalMessages)
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        try await ask(.score, episode(messages, task), reading: Score.init(programResult:))
    }

    func demonstration(of task: PracticeTask) async throws -> [Message]? {
        try await ask(.demonstrations, task.problem, reading: optionalMessages)
    }

    private func ask<Value>(
        _ method: WorkerRequest.Method, _ item: JSONValue, reading read: (JSONValue) throws -> Value
    ) async throws -> Value {
        var text = JSONText()
        text.append(item)
        let request = WorkerRequest(method: method, environment: listing.name, options: optionsText)
        let result = try await pool.answer(to: request, item: text.bytes)
        do {
            return try read(result)
        } catch let error as WhetError {
            throw error.within("environment \(name), \(method.rawValue)")
        }
    }

    private func episode(_ messages: [Message], _ task: PracticeTask) -> JSONValue {
        ["problem": task.problem, "messages": .array(messages.map(\.json))]
    }

    private func messages(_ list: [JSONValue]) throws -> [Message] { try list.map { try Message(json: $0) } }

    /// nil for null; what is not there at all is a mistake.
    private func optionalMessages(_ result: JSONValue) throws -> [Message]? {
        if result["messages"]?.isNull == true { return nil }
        return try messages(result.required("messages", "a list of messages or null", \.array))
    }

    private static func check(_ options: JSONObject, against schema: JSONObject, of name: String) throws {
        guard let properties = schema["properties"]?.object, schema["additionalProperties"]?.bool != true else {
            return
        }
        for option in options.keys where properties[option] == nil {
            throw WhetError.unknownName(option, kind: "option", among: properties.keys, at: "environment \(name)")
        }
    }
}

extension Score {
    /// Reads one result of `score`.
    ///
    /// - Throws: `WhetError` when a key is missing or of another type.
    package init(programResult result: JSONValue) throws {
        func finite(_ value: JSONValue) -> Double? { value.double.flatMap { $0.isFinite ? $0 : nil } }
        let parts = try (result["parts"]?.array ?? []).map { part in
            Part(
                try part.required("name", "a text", \.string),
                value: try part.required("value", "a finite number", finite),
                weight: part["weight"] == nil ? 1 : try part.required("weight", "a finite number", finite),
                reason: part["reason"]?.string)
        }
        self.init(
            reward: try result.required("reward", "a finite number", finite),
            isSolved: try result.required("solved", "true or false", \.bool), parts: parts,
            reason: result["reason"]?.string)
    }
}
