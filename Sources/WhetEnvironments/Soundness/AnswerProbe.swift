import WhetCore

/// Answers the problems of one level in every way there is, and looks at what the environment makes of it.
struct AnswerProbe {
    let check: SoundnessCheck
    let environment: any Environment
    /// Made once: the huge ones take longer to write than to score.
    let hostile: [HostileAnswer]
    var ledger: SoundnessLedger
    /// The demonstrations that were scored.
    private(set) var games: [ChanceProbe.Game] = []

    private typealias Solved = (task: PracticeTask, reference: ReferencePolicy)

    init(check: SoundnessCheck, environment: any Environment, hostile: [HostileAnswer], ledger: SoundnessLedger) {
        self.check = check
        self.environment = environment
        self.hostile = hostile
        self.ledger = ledger
    }

    /// - Parameter body: is given every task and the reference answer to it, where one is known.
    mutating func run(_ tasks: [PracticeTask], _ body: (PracticeTask, String?) -> Void) async throws {
        var solved: [Solved] = []
        for task in tasks {
            try Task.checkCancellation()
            let reference = await reference(of: task)
            ledger.figures.demonstrated.add(reference != nil)
            // The moves of a game are no secret: its rules name them. Where nothing but the answer decides, it is one.
            let isSecret = reference.map { !$0.isMultiTurn && !check.claims.leavesToChance } ?? false
            body(task, isSecret ? reference?.answer : nil)
            if let reference { solved.append((task, reference)) }
        }
        for index in solved.indices {
            try Task.checkCancellation()
            let other = solved[(index + 1) % solved.count].reference
            try await answerRightlyAndNearly(solved[index], other: other.isMultiTurn ? nil : other.answer)
        }
        let form = solved.first?.reference.form ?? .tag
        try await answerTrivially(tasks, solved, form)
        for (index, task) in tasks.prefix(check.bounds.hostileProblems).enumerated() {
            try await answerMaliciously(task, form, withHuge: index == 0)
        }
    }

    private mutating func reference(of task: PracticeTask) async -> ReferencePolicy? {
        let example = SoundnessReport.Example(level: task.level, seed: task.seed)
        do {
            guard let demonstration = try await environment.demonstration(of: task) else { return nil }
            if let policy = ReferencePolicy(demonstration: demonstration) { return policy }
            ledger.report(.reference, "a demonstration has no message of the policy", example)
        } catch {
            ledger.report(.reference, "a demonstration throws: \(check.firstLine(error))", example)
        }
        return nil
    }

    private mutating func answerRightlyAndNearly(_ solved: Solved, other: String?) async throws {
        let (task, reference) = solved
        let right = try await verdict(reference.messages, of: task, .reference)
        let again = try await verdict(reference.messages, of: task, .reference)
        if let right { games.append(.init(task: task, policy: reference, reward: right.reward)) }
        let example = SoundnessReport.Example(level: task.level, seed: task.seed, answer: shown(reference.answer))
        if right != again { ledger.report(.rewards, "the same answer gets another score the second time", example) }
        try await replay(task, right, isSampled: ledger.figures.replayed < check.bounds.smallestSample)
        if let right, !right.isSolved, !check.claims.leavesToChance {
            ledger.report(.reference, "the demonstration does not pass", example)
        }
        for text in Self.void where text != reference.answer {
            let score = try await verdict(reference.answering(text), of: task, .void)
            compare(score, with: right, task, text)
            if score?.isSolved == true {
                ledger.report(
                    .void, "an answer that says nothing passes",
                    .init(level: task.level, seed: task.seed, answer: text))
            }
        }
        var random = RandomStream(seed: task.seed, purpose: "altered answers", task.level)
        for altered in AlteredAnswer.all(of: reference.answer, other: other, random: &random) {
            let score = try await verdict(reference.answering(altered.text), of: task, .altered)
            compare(score, with: right, task, altered.text)
            if let score { ledger.altered(altered.alteration, passes: score.isSolved) }
            if reference.form == .none { ledger.figures.hasUnmarkedAnswers = true }
        }
    }

    /// A demonstration is an episode: played again, it scores as it stands, and the environment shows the same one
    /// twice.
    private mutating func replay(_ task: PracticeTask, _ right: Score?, isSampled: Bool) async throws {
        guard let right, isSampled, let demonstration = try? await environment.demonstration(of: task) else { return }
        ledger.figures.replayed += 1
        let example = SoundnessReport.Example(level: task.level, seed: task.seed)
        if let again = try? await environment.demonstration(of: task), again != demonstration {
            ledger.report(.reproducibility, "a demonstration is another one the second time", example)
        }
        let score = try? await environment.score(task.messages + demonstration, of: task)
        if score != right {
            ledger.report(
                .rewards, "a demonstration scores otherwise than the same messages played again", example)
        }
    }

    /// Words that are no answer to anything.
    private static let void = [AlteredAnswer.nonsense, "¿?", "\u{FFFD}"]

    private mutating func answerTrivially(
        _ tasks: [PracticeTask], _ solved: [Solved], _ form: ReferencePolicy.Form
    ) async throws {
        for task in tasks {
            try Task.checkCancellation()
            for text in ["", "0", "1", "yes"] {
                let passes = try await verdict(repeating: form.message(text), of: task, .trivial)?.isSolved
                if let passes { ledger.trivial(text, passes: passes) }
            }
            let prompt = task.messages.map(\.content).joined(separator: "\n")
            let passes = try await verdict(repeating: form.message(prompt), of: task, .trivial)?.isSolved
            if let passes { ledger.trivial("(the prompt)", passes: passes) }
        }
        // Only where problems are answered in one turn does an answer stand for itself.
        let answers = solved.filter { !$0.reference.isMultiTurn }.map(\.reference.answer)
        guard let common = answers.mostCommon else { return }
        for (task, _) in solved {
            let passes = try await verdict(repeating: form.message(common), of: task, .trivial)?.isSolved
            if let passes { ledger.trivial("(the most common of level)", passes: passes) }
        }
    }

    private mutating func answerMaliciously(
        _ task: PracticeTask, _ form: ReferencePolicy.Form, withHuge: Bool
    ) async throws {
        for answer in hostile where withHuge || !answer.isHuge {
            try Task.checkCancellation()
            let message = Message(.assistant, answer.output(form))
            _ = try await verdict(repeating: message, of: task, .hostile, called: answer.name)
        }
        let call = Message.ToolCall(id: "1", name: "no_such_tool", arguments: ["a": [1, nil, "\u{0}"]])
        let message = Message(.assistant, "", toolCalls: [call])
        _ = try await verdict(repeating: message, of: task, .hostile, called: "a call of a tool that there is not")
    }

    /// An answer that does not pass must not pay more than the right one, unless it may have been luck.
    private mutating func compare(_ score: Score?, with right: Score?, _ task: PracticeTask, _ answer: String) {
        guard !check.claims.leavesToChance, let score, let right, right.isSolved, !score.isSolved,
            score.reward > right.reward
        else { return }
        ledger.report(
            .rewards, "an answer that does not pass gets a higher reward than the right one",
            .init(level: task.level, seed: task.seed, answer: shown(answer)))
    }
}

extension AnswerProbe {
    private mutating func verdict(
        repeating message: Message, of task: PracticeTask, _ kind: SoundnessReport.Check, called name: String? = nil
    ) async throws -> Score? {
        try await verdict(Array(repeating: message, count: check.bounds.turns), of: task, kind, called: name)
    }

    /// Nil if there is no verdict; that is reported.
    ///
    /// - Throws: `CancellationError` alone.
    private mutating func verdict(
        _ policy: [Message], of task: PracticeTask, _ kind: SoundnessReport.Check, called name: String? = nil
    ) async throws -> Score? {
        let example = SoundnessReport.Example(
            level: task.level, seed: task.seed, answer: policy.last.map { shown($0.content) })
        let what = name.map { " (\($0))" } ?? ""
        let start = check.now()
        let score: Score
        do {
            let messages = try await EpisodePlay(in: environment).conversation(saying: policy, of: task)
            score = try await environment.score(messages, of: task)
        } catch let error as CancellationError {
            throw error
        } catch {
            ledger.report(kind, "an answer gets no score\(what): \(check.firstLine(error))", example)
            return nil
        }
        let time = check.now() - start
        ledger.scored(in: time)
        if time > check.bounds.scoring {
            ledger.report(.time, "scoring takes over \(check.bounds.scoring)\(what)", example)
        }
        look(at: score, example)
        return score
    }

    private mutating func look(at score: Score, _ example: SoundnessReport.Example) {
        ledger.saw(reward: score.reward)
        if !score.reward.isFinite {
            ledger.report(.rewards, "a reward is \(score.reward), which is no finite number", example)
        } else if let range = check.claims.rewards, !range.contains(score.reward) {
            check.reportOutside(range, example, &ledger)
        }
        for part in score.parts where !part.value.isFinite || !part.weight.isFinite {
            ledger.report(.rewards, "the part \"\(part.name)\" of a score is no finite number", example)
        }
    }

    /// Hostile answers are too long for a report.
    private func shown(_ text: String) -> String {
        text.utf8.count <= 200 ? text : String(decoding: text.utf8.prefix(200), as: UTF8.self) + "…"
    }
}

extension [String] {
    /// The one that is there most often, of several the one that sorts first; nil of nothing.
    fileprivate var mostCommon: String? {
        Dictionary(grouping: self, by: { $0 }).max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.key
    }
}
