import WhetCore

/// Makes an `InteractiveEnvironment` an `Environment`: a move a message, between answer tags.
///
/// Keeps: it holds no games. Whoever asks brings the whole conversation, and the game is played again from its start,
/// so an episode can be taken up anywhere.
struct Interactive<Base: InteractiveEnvironment>: Environment {
    let base: Base
    let illegalMoves: IllegalMoves

    init(_ base: Base = Base(), illegalMoves: IllegalMoves = IllegalMoves()) {
        self.base = base
        self.illegalMoves = illegalMoves
    }

    /// - Parameter options: checked against `options`.
    init(options: EnvironmentOptions) throws {
        self.init(try Base(options: options), illegalMoves: IllegalMoves(options: options))
    }

    /// The base's and those of illegal moves.
    static var options: [EnvironmentOption] { Base.options + IllegalMoves.options }

    var name: String { Base.name }

    func task(level: Int, seed: UInt64) throws -> PracticeTask {
        let problem = try self.problem(level: level, seed: seed)
        return PracticeTask(
            environment: name, seed: seed, level: level,
            messages: [Message(.user, opening(of: try base.start(of: problem)))],
            problem: try JSONValue(encoding: problem))
    }

    /// - Throws: `WhetError` where the base environment has no such level.
    func problem(level: Int, seed: UInt64) throws -> Base.Problem {
        try check(level: level, upTo: Base.maximumLevel)
        var random = RandomStream(seed: seed, purpose: name, level)
        return try base.problem(level: level, random: &random)
    }

    /// What the policy reads first: rules, the start, and how to mark a move.
    private func opening(of state: Base.State) -> String {
        let example = base.legalMoves(in: state).first ?? "…"
        return """
            \(base.rules(of: state))
            Make one move a message, as <answer>…</answer>: for example <answer>\(example)</answer>. \
            \(illegalMoves.rule)

            \(base.observation(of: state))
            """
    }

    func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        guard messages.last?.role == .assistant else {
            throw WhetError(
                "nothing to reply to: the conversation does not end in a message of the policy",
                at: "environment \(name)", expected: "an assistant message at its end")
        }
        return try replay(messages, of: task).reply.map { [$0] }
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        let replay = try replay(messages, of: task)
        guard replay.last != nil else { throw nothingToScore }
        return replay.score
    }

    /// The scripted player's whole game: its move, the reply, its move, …, its last move. Where chance has a part, a
    /// good player's game may be lost all the same.
    func demonstration(of task: PracticeTask) throws -> [Message]? {
        var replay = try GameReplay(base, of: problem(of: task), illegalMoves: illegalMoves)
        var messages: [Message] = []
        while !replay.isOver {
            guard let move = base.nextMove(in: replay.state) else { return nil }
            let message = Message(.assistant, "<answer>\(move)</answer>")
            messages.append(message)
            replay.take(message.content)
            if replay.illegalInARow > 0 {
                throw WhetError("the scripted player made the illegal move \"\(move)\"", at: "environment \(name)")
            }
            if let reply = replay.reply { messages.append(reply) }
        }
        return messages
    }

    private func replay(_ messages: [Message], of task: PracticeTask) throws -> GameReplay<Base> {
        var replay = try GameReplay(base, of: problem(of: task), illegalMoves: illegalMoves)
        for message in messages.dropFirst(task.messages.count) where message.role == .assistant {
            replay.take(message.content)
            if replay.isOver { break }
        }
        return replay
    }
}

extension Interactive: OffersMoves {
    func legalMoves(after messages: [Message], of task: PracticeTask) throws -> [String]? {
        let replay = try replay(messages, of: task)
        return replay.isOver ? nil : base.legalMoves(in: replay.state)
    }
}
