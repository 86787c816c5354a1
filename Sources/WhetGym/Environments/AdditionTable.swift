import WhetCore
import WhetEnvironments

/// Find an unknown base and its digits from the sums of all pairs of digits, written in letters.
struct AdditionTable: ProceduralEnvironment {
    static let name = "AdditionTable"
    static let summary =
        "Find an unknown base and its digits from the sums of all pairs of digits, written in letters"
    /// There are 26 letters.
    static let maximumLevel = 23

    struct Problem: Codable, Sendable {
        let base: Int
        let digitLetters: [String]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case base = "N"
            case digitLetters = "digit2letter"
            case referenceAnswer = "reference_answer"
        }

        /// The digit that each letter stands for, in the order of letters.
        var digits: [Int] {
            var digits = [Int](repeating: 0, count: digitLetters.count)
            for (digit, letter) in digitLetters.enumerated() {
                guard let place = letter.utf8.first.map({ Int($0) - 97 }), digits.indices ~= place else { continue }
                digits[place] = digit
            }
            return digits
        }

        func written(_ number: Int) -> String {
            number < base ? digitLetters[number] : written(number / base) + digitLetters[number % base]
        }
    }

    init() {}

    /// Base 3 at level 0, one more a level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let base = 3 + level
        let letters = random.permutation(base)
        var digits = letters
        for (digit, letter) in letters.enumerated() { digits[letter] = digit }
        return Problem(
            base: base, digitLetters: letters.map { String(UnicodeScalar(UInt8(97 + $0))) },
            referenceAnswer: ([base] + digits).spaced)
    }

    func prompt(for problem: Problem) -> String {
        let digits = problem.digits
        let letters = (0..<problem.base).map { String(UnicodeScalar(UInt8(97 + $0))) }
        var sums: [String] = []
        for i in letters.indices {
            for j in i..<letters.count {
                sums.append("\(letters[i]) + \(letters[j]) = \(problem.written(digits[i] + digits[j]))")
            }
        }
        return """
            The letters \(letters.joined(separator: ", ")) are the digits of a number system of unknown base N, each a \
            different one from 0 to N − 1. Letters side by side are a number written in that base. These sums hold:
            \(sums.joined(separator: "\n"))
            Answer with N and then the digit of each letter in alphabetical order, all in decimal, on one line, \
            separated by spaces.
            """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −0.5 other than N + 1 numbers, 0 a wrong base, else (share of digits right)³.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let numbers = answer.integers, numbers.count == problem.base + 1 else { return -0.5 }
        guard numbers[0] == problem.base else { return 0 }
        return shareOfMatches(numbers.dropFirst(), problem.digits, exponent: 3)
    }
}
