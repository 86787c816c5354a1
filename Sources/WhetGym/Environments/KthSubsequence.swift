import WhetCore
import WhetEnvironments

/// The k-th of all different subsequences of a word, in alphabetical order.
struct KthSubsequence: ProceduralEnvironment {
    static let name = "KthSubsequence"
    static let summary = "The k-th of all different subsequences of a word, in alphabetical order"
    /// Words of up to 56 letters have less than 2⁶³ subsequences.
    static let maximumLevel = 17

    struct Problem: Codable, Sendable {
        let count: Int
        let word: String
        let rank: Int
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case word = "S"
            case rank = "K"
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// Three letters, a or b, at level 0; each level a tenth more, and one.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = grown(from: 3, level: level, factor: 1.1, plus: 1)
        let rate = random.unit()
        let letters = (0..<count).map { _ in random.chance(rate) ? 0 : 1 }
        // next[i][letter]: where the letter first stands from i on. counts[i]: subsequences that begin with letter i.
        var next = [[Int]](repeating: [count, count], count: count + 1)
        var counts = [Int](repeating: 0, count: count + 1)
        for i in (0..<count).reversed() {
            counts[i] = 1 + counts[next[i + 1][0]] + counts[next[i + 1][1]]
            next[i] = next[i + 1]
            next[i][letters[i]] = i
        }
        let rank = random.integer(1...counts[next[0][0]] + counts[next[0][1]])
        var rest = rank
        var place = 0
        var answer: [UInt8] = []
        while rest > 0 {
            let a = next[place][0]
            let letter = counts[a] >= rest ? 0 : 1
            if letter == 1 { rest -= counts[a] }
            answer.append(UInt8(ascii: "a") + UInt8(letter))
            place = next[place][letter] + 1
            rest -= 1
        }
        return Problem(
            count: count, word: String(decoding: letters.map { UInt8(ascii: "a") + UInt8($0) }, as: UTF8.self),
            rank: rank,
            referenceAnswer: String(decoding: answer, as: UTF8.self))
    }

    func prompt(for problem: Problem) -> String {
        """
        Strike out any letters of the word \(problem.word), but not all, and read what is left; for example ac is left \
        of abc. Write down all the different words that can be left, in alphabetical order (as in a dictionary, a word \
        before its continuations). Which is number \(problem.rank), counted from 1? Answer with the word alone.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 other letters than a and b, 0 wrong, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard answer.bytes.allSatisfy({ $0 == UInt8(ascii: "a") || $0 == UInt8(ascii: "b") }) else { return -1 }
        return answer.equals(problem.referenceAnswer) ? 1 : 0
    }
}
