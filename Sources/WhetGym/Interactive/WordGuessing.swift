import WhetCore
import WhetEnvironments

/// Guess the secret word of a list; each guess is marked letter by letter.
///
/// The player keeps the words that all marks so far allow, and guesses the word whose marks leave the fewest of them on
/// average.
struct WordGuessing: InteractiveEnvironment {
    static let name = "WordGuessing"
    static let summary = "Find a hidden word from what is right about each guess"
    /// Letters of a word, words on the list, guesses.
    private static let lists: [(length: Int, words: Int, guesses: Int)] = [
        (3, 6, 3), (3, 10, 4), (4, 14, 4), (4, 20, 4), (5, 28, 4), (5, 40, 4), (6, 50, 4), (5, 60, 4), (5, 90, 4),
        (4, 120, 5),
    ]
    static var maximumLevel: Int { lists.count - 1 }
    /// Guesses may run out before the marks leave a single word.
    static let claims = EnvironmentClaims(.chance(worst: 0, mean: 0.6), rewards: -1...1)

    struct Problem: Codable, Hashable, Sendable {
        let words: [String]
        let secret: String
        let guesses: Int
    }

    struct State: Sendable {
        let problem: Problem
        var guesses: [String] = []

        var isFound: Bool { guesses.last == problem.secret }
    }

    init() {}

    func problem(level: Int, random: inout RandomStream) -> Problem {
        let (length, count, guesses) = Self.lists[level]
        let all = WordLists.words(ofLength: length)
        let words = random.sample(count, of: all.count).sorted().map { all[$0] }
        return Problem(words: words, secret: random.element(of: words), guesses: guesses)
    }

    func start(of problem: Problem) throws -> State {
        let length = problem.secret.utf8.count
        guard 1...WordMarks.longestWord ~= length, problem.guesses > 0, problem.words.contains(problem.secret),
            problem.words.allSatisfy({ word in
                word.utf8.count == length && word.utf8.allSatisfy { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 }
            })
        else {
            throw WhetError.unplayable(
                "the words are not all as long as the secret, or too long, or it is not one of them", in: Self.name)
        }
        return State(problem: problem)
    }

    func rules(of state: State) -> String {
        """
        Guess the secret word, one of these: \(state.problem.words.joined(separator: ", ")).
        Each guess is marked letter by letter: + the letter stands there in the secret, ? the secret has it \
        elsewhere, - the secret has it not (or no more of it than are marked already). You have \
        \(state.problem.guesses) guesses. A move is a word of the list.
        """
    }

    func observation(of state: State) -> String {
        let left = state.problem.guesses - state.guesses.count
        let lines = state.guesses.suffix(1).map { "\($0) \(WordMarks($0, secret: state.problem.secret))" }
        return (lines + ["Guesses left: \(left)."]).joined(separator: "\n")
    }

    func legalMoves(in state: State) -> [String] { state.problem.words }

    func play(_ move: String, in state: inout State) -> GameStep {
        guard state.problem.words.contains(move) else { return .illegal("that is no word of the list") }
        state.guesses.append(move)
        return .played("")
    }

    func isOver(_ state: State) -> Bool { state.isFound || state.guesses.count >= state.problem.guesses }

    /// 1 found, else half the share of letters that stood right in the best guess.
    func score(of state: State) -> Score {
        let secret = state.problem.secret
        let best = state.guesses.map { guess in zip(guess.utf8, secret.utf8).count { $0 == $1 } }.max() ?? 0
        return .puzzle(
            isSolved: state.isFound, progress: Double(best) / Double(secret.utf8.count),
            parts: [.measure("guesses", state.guesses.count)],
            reason: state.isFound ? "found in \(state.guesses.count) guesses" : "the word was not found")
    }

    func nextMove(in state: State) -> String? {
        let words = state.problem.words.map { Array($0.utf8) }
        let secret = Array(state.problem.secret.utf8)
        let marks = state.guesses.map { Array($0.utf8) }.map { ($0, WordMarks($0, secret: secret)) }
        let possible = words.filter { word in marks.allSatisfy { WordMarks($0.0, secret: word) == $0.1 } }
        var best = possible.first
        if possible.count > 2, state.problem.guesses - state.guesses.count > 1 {
            var fewest = Int.max
            // Words that may be the secret first, so that of equals one of them is taken.
            for guess in possible + words {
                var groups: [WordMarks: Int] = [:]
                for word in possible { groups[WordMarks(guess, secret: word), default: 0] += 1 }
                let rest = groups.reduce(0) { $0 + ($1.key.isRight ? 0 : $1.value * $1.value) }
                if rest < fewest { (fewest, best) = (rest, guess) }
            }
        }
        return best.map { String(decoding: $0, as: UTF8.self) }
    }
}
