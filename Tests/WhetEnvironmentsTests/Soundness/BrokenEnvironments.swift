import WhetCore

@testable import WhetEnvironments

/// Doubles a number: sound, unless it is told to be broken in one way.
struct Doubling: Environment {
    enum Fault: String, CaseIterable {
        case none, leaksAnswer, leaksField, leaksName, isRandom, dependsOnHistory, sameProblem, wrongReference,
            takesAnything,
            takesNumbers, takesAnyMentioned, throwsOnForeignDigits, rewardsInfinity, rewardsTooMuch, rewardsWrong,
            wavers,
            isMislabelled, saysNothing, isTooEasy, cannotGenerate, hasNoReference
    }

    let fault: Fault
    let history: History

    /// What no environment should have: something that changes.
    actor Counter {
        private var count = 0
        func next() -> Int {
            count += 1
            return count
        }
    }

    /// A counter that `task`, which may not wait, can use.
    final class History: Sendable {
        let counter = Counter()
        let offset: UInt64
        init(offset: UInt64) { self.offset = offset }
    }

    init(_ fault: Fault = .none, offset: UInt64 = 0) {
        self.fault = fault
        history = History(offset: offset)
    }

    var name: String { "Doubling" }

    func task(level: Int, seed: UInt64) throws -> PracticeTask {
        if fault == .cannotGenerate, seed == 3 { throw WhetError("no such problem") }
        var seed = seed
        let label = seed
        if fault == .isRandom { seed = UInt64.random(in: 0...(.max)) }
        if fault == .dependsOnHistory { seed += history.offset }
        if fault == .sameProblem { seed = 1 }
        var random = RandomStream(seed: seed, purpose: "doubling", level)
        var number = Int.random(in: 100...999, using: &random)
        if fault == .isTooEasy { number = Int.random(in: 0..<40, using: &random) == 0 ? number : 21 }
        var prompt = "What is twice \(number)?"
        let problem: JSONValue = ["number": .integer(number), "gold_answer": .integer(2 * number)]
        switch fault {
        case .leaksAnswer: prompt += " (It is \(2 * number).)"
        case .leaksField: prompt += " \(problem.text())"
        case .leaksName: prompt += " Its gold_answer is not told."
        case .saysNothing: prompt = " "
        case .isTooEasy: prompt += " This is number \(seed)."
        default: break
        }
        return PracticeTask(
            environment: fault == .isMislabelled ? "Trebling" : name, seed: label, level: level,
            messages: [Message(.user, prompt)], problem: problem)
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        let output = messages.last?.content ?? ""
        let right = task.problem["gold_answer"]?.integer
        guard let answer = Answer(lastIn: output) else { return Score(reward: 0, isSolved: false) }
        if fault == .throwsOnForeignDigits, answer.text.contains("١") { throw WhetError("what is this?") }
        var isSolved = answer.integer == right
        if fault == .takesAnything { isSolved = true }
        if fault == .takesNumbers { isSolved = answer.integer != nil }
        if fault == .takesAnyMentioned {
            isSolved = answer.text.contains("\(right ?? 0)") || answer.text.contains("twice")
        }
        var reward = isSolved ? 1.0 : 0
        if fault == .rewardsInfinity, answer.equals("1e999") { reward = .infinity }
        if fault == .rewardsTooMuch, !isSolved { reward = -2 }
        if fault == .rewardsWrong, answer.text.hasPrefix("qz") { reward = 1.5 }
        if fault == .wavers { reward += Double(await history.counter.next()) * 1e-6 }
        return Score(reward: reward, isSolved: isSolved)
    }

    func demonstration(of task: PracticeTask) throws -> [Message]? {
        if fault == .hasNoReference { return nil }
        let number = task.problem["gold_answer"]?.integer ?? 0
        let isWrong = fault == .wrongReference && task.seed == 7
        return [Message(.assistant, "Twice that is <answer>\(isWrong ? number + 2 : number)</answer>")]
    }
}

/// Guess a number in three tries: many turns, with a demonstration that has the environment's words in it.
struct Guessing: Environment {
    var name: String { "Guessing" }

    func task(level: Int, seed: UInt64) throws -> PracticeTask {
        var random = RandomStream(seed: seed, purpose: name, level)
        let number = Int.random(in: 1...1000, using: &random)
        return PracticeTask(
            environment: name, seed: seed, level: level, messages: [Message(.user, "Guess, game \(seed)!")],
            problem: ["secret": .integer(number)])
    }

    private func guesses(_ messages: [Message]) -> [Int?] {
        messages.filter { $0.role == .assistant }.map { Answer(lastIn: $0.content)?.integer }
    }

    func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        let guesses = guesses(messages)
        let secret = task.problem["secret"]?.integer ?? 0
        guard guesses.count < 3, guesses.last != secret else { return nil }
        return [Message(.user, (guesses.last ?? nil).map { $0 < secret ? "More." : "Less." } ?? "A number!")]
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        let isSolved = guesses(messages).last == task.problem["secret"]?.integer
        return Score(reward: isSolved ? 1 : 0, isSolved: isSolved)
    }

    func demonstration(of task: PracticeTask) throws -> [Message]? {
        let secret = task.problem["secret"]?.integer ?? 0
        return [
            Message(.assistant, "<answer>\(secret - 1)</answer>"), Message(.user, "More."),
            Message(.assistant, "<answer>\(secret)</answer>"),
        ]
    }
}
