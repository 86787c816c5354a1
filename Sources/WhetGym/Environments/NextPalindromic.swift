import WhetCore
import WhetEnvironments

/// The next number that reads the same backwards.
struct NextPalindromic: ProceduralEnvironment {
    static let name = "NextPalindromic"
    static let summary = "The next number that reads the same backwards"
    /// Eighteen digits fit 64 bits.
    static let maximumLevel = 12

    struct Problem: Codable, Sendable {
        let digitCount, number: Int
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case digitCount = "digit_num"
            case number = "N"
            case referenceAnswer = "reference_answer"
        }
    }

    /// The most that does not pass.
    private static let almostRight = (1 - tolerance).nextDown

    init() {}

    /// Numbers of up to two digits at level 0, each level a tenth more, and one.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let digitCount = grown(from: 2, level: level, factor: 1.1, plus: 1)
        let number = random.integer(1...powerOfTen(digitCount) - 1)
        return Problem(digitCount: digitCount, number: number, referenceAnswer: String(Self.nextPalindrome(number)))
    }

    /// Mirrors the upper half; where that is not larger, the upper half plus one.
    static func nextPalindrome(_ number: Int) -> Int {
        let digits = String(number).count
        let lower = powerOfTen(digits / 2)
        func mirrored(_ upper: Int) -> Int {
            var result = upper
            var rest = digits % 2 == 1 ? upper / 10 : upper
            while rest > 0 {
                result = result * 10 + rest % 10
                rest /= 10
            }
            return result
        }
        let upper = number / lower
        let mirror = mirrored(upper)
        if mirror > number { return mirror }
        // Nines only: 99 → 101.
        if String(upper + 1).count > String(upper).count { return number + 2 }
        return mirrored(upper + 1)
    }

    func prompt(for problem: Problem) -> String {
        """
        Which is the least number above \(problem.number) that reads the same forwards and backwards? Answer with it \
        alone.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no whole number, −0.5 not larger or no palindrome, else (least ÷ it)⁵, which is 1 for the least alone: of
    /// eighteen digits the next one is so near that its reward would pass otherwise.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let number = answer.integer, let digits = answer.digits else { return -1 }
        guard number > problem.number else { return -0.5 }
        // The digits, because the number may be too large for 64 bits.
        for index in 0..<digits.count / 2 where digits[index] != digits[digits.count - 1 - index] { return -0.5 }
        if digits.elementsEqual(problem.referenceAnswer.utf8) { return 1 }
        guard let gold = Double(problem.referenceAnswer) else { return -1 }
        let value = digits.reduce(0.0) { $0 * 10 + Double($1 - 0x30) }
        return min(power(gold / value, 5), Self.almostRight)
    }
}
