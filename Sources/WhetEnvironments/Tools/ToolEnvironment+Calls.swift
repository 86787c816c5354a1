import WhetCore
import WhetText

/// What is done about one call.
enum PlannedCall: Sendable {
    /// Not made; the policy is told why.
    case refused(String)
    case made(set: Int, name: String, arguments: JSONObject)
}

extension ToolEnvironment {
    /// Makes a turn's calls.
    ///
    /// - Returns: what the policy is told.
    func results(
        of turn: ToolConversation.Turn, in conversation: ToolConversation, of task: PracticeTask
    ) async throws -> [Message] {
        let calls = try plan(turn)
        guard sets.contains(where: { $0.memory != .none }) else {
            return replies(try await make(calls, with: OpenToolSessions(nil), of: task), to: turn, of: task)
        }
        let history = conversation.history(of: task)
        return try await sessions.use(history) { open in
            if open.isNew { try await repeatCalls(of: conversation, with: open, of: task) }
            let replies = replies(try await make(calls, with: open, of: task), to: turn, of: task)
            var next = history
            next.turns.append(
                ToolTurn(words: conversation.messages[turn.index].content, replies: replies.map(\.content)))
            return (replies, next)
        }
    }

    /// What the session of a tool set that scores makes of a conversation, after which it ends. It is made again where
    /// it is gone, and a new one where no tool was called.
    ///
    /// - Parameters:
    ///   - words: the conversation without calls and results, as the base environment would see it.
    ///   - set: the place of the tool set.
    func score(
        _ words: [Message], of baseTask: PracticeTask, by set: Int, after conversation: ToolConversation,
        of task: PracticeTask
    ) async throws -> Score {
        guard words.count > baseTask.messages.count else { throw nothingToScore }
        return try await sessions.use(conversation.history(of: task)) { open in
            if open.isNew { try await repeatCalls(of: conversation, with: open, of: task) }
            let session = try await open.session(set) { try await sets[set].session(for: task) }
            guard let session = session as? any ScoredToolSession else {
                throw ToolFailure(.garbled, "a session of a tool set that scores cannot", at: "environment \(name)")
            }
            return (try await session.score(words, of: baseTask), nil)
        }
    }

    /// Which calls of a turn are made. The same for the same turn, whenever it is asked.
    func plan(_ turn: ToolConversation.Turn) throws -> [PlannedCall] {
        try turn.attempts.enumerated().map { index, attempt in
            guard turn.usedCalls + index < limits.calls else {
                return .refused("Error: this call was not made: no more than \(limits.calls) may be made in all.")
            }
            guard index < limits.callsPerTurn else {
                return .refused(
                    "Error: this call was not made: no more than \(limits.callsPerTurn) may be made in a turn.")
            }
            switch attempt {
            case .mistake(let mistake): return .refused("Error: \(mistake).")
            case .call(let call):
                guard let place = places[call.name] else {
                    let names = definitions.map(\.name)
                    let nearest = String(call.name.prefix(100)).nearest(among: names)
                    let guess = nearest.map { "; did you mean \"\($0)\"?" } ?? "."
                    let list = names.joined(separator: ", ")
                    return .refused("Error: there is no tool \(call.name.excerpt)\(guess) There are: \(list).")
                }
                if let mistake = try place.definition.mistake(in: call.arguments) {
                    return .refused("Error: \(mistake).")
                }
                return .made(set: place.set, name: call.name, arguments: call.arguments.object ?? [:])
            }
        }
    }

    /// Makes the calls, those of a set that remembers one after the other, all others at the same time.
    ///
    /// - Parameter memories: which sets' calls to make; the others' texts are empty.
    private func make(
        _ calls: [PlannedCall], with open: OpenToolSessions, of task: PracticeTask,
        onlyOf memories: Set<ToolMemory> = Set(ToolMemory.allCases)
    ) async throws -> [String] {
        var texts = Array(repeating: "", count: calls.count)
        /// Indices of calls, each list to be made in its order.
        var queues: [[Int]] = []
        var queueOfSet: [Int: Int] = [:]
        for (index, call) in calls.enumerated() {
            switch call {
            case .refused(let words): texts[index] = words
            case .made(let set, _, _):
                guard memories.contains(sets[set].memory) else { continue }
                if sets[set].memory != .none, let queue = queueOfSet[set] {
                    queues[queue].append(index)
                } else {
                    queueOfSet[set] = queues.count
                    queues.append([index])
                }
            }
        }
        return try await withThrowingTaskGroup(of: [(Int, String)].self) { group in
            for queue in queues {
                group.addTask {
                    var made: [(Int, String)] = []
                    for index in queue {
                        guard case .made(let set, let name, let arguments) = calls[index] else { continue }
                        let session =
                            sets[set].memory == .none
                            ? try await sets[set].session(for: task)
                            : try await open.session(set) { try await sets[set].session(for: task) }
                        let result = try await session.call(name, arguments, limit: limits.time)
                        made.append((index, limits.cut(result.text)))
                    }
                    return made
                }
            }
            for try await made in group { for (index, text) in made { texts[index] = text } }
            return texts
        }
    }

    private func replies(
        _ texts: [String], to turn: ToolConversation.Turn, of task: PracticeTask
    ) -> [Message] {
        var texts = texts
        if turn.usedCalls + texts.count >= limits.calls, let last = texts.indices.last {
            texts[last] += "\nNo more calls can be made. Give your answer now."
        }
        let results = texts.enumerated().map { index, text in
            let call = turn.attempts[index].call
            return (id: call?.id ?? Self.id(of: turn.usedCalls + index, in: task), text: text)
        }
        return presentation.replies(results, syntax)
    }

    /// Nine letters and digits, which every template takes; the same in every run.
    static func id(of call: Int, in task: PracticeTask) -> String {
        let key = RandomStream.key(seed: task.seed, purpose: "tool call", [task.level, call])
        return String(String(String(key, radix: 36).reversed()).prefix(9)).padded(to: 9)
    }

    /// Brings new sessions to where those were that are gone.
    private func repeatCalls(
        of conversation: ToolConversation, with open: OpenToolSessions, of task: PracticeTask
    ) async throws {
        for turn in conversation.answered {
            let calls = try plan(turn)
            for case .made(let set, let name, _) in calls where sets[set].memory == .unique {
                throw ToolFailure(
                    .lost, "the rollout's session is gone, and what its calls did cannot be done again",
                    at: "environment \(self.name), tool \(name)",
                    remedy: "raise the number of sessions, or have fewer rollouts at a time; "
                        + "a rollout that was interrupted begins again")
            }
            let texts = try await make(calls, with: open, of: task, onlyOf: [.repeatable])
            let told = conversation.messages[turn.replies].map(\.content).joined(separator: "\n")
            for (call, text) in zip(calls, texts) {
                guard case .made(let set, let name, _) = call, sets[set].memory == .repeatable else { continue }
                guard told.contains(text) else {
                    throw ToolFailure(
                        .lost, "the rollout's session is gone, and the same calls now say something else",
                        at: "environment \(self.name), tool \(name)",
                        expected: "results that depend on the calls alone: no clock, no chance")
                }
            }
        }
    }
}

extension String {
    fileprivate func padded(to count: Int) -> String {
        self + String(repeating: "0", count: max(0, count - self.count))
    }
}
