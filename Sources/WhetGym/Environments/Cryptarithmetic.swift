import WhetCore
import WhetEnvironments

/// Find the digits behind d[0], d[1], … from one sum in base N.
struct Cryptarithmetic: ProceduralEnvironment {
    static let name = "Cryptarithmetic"
    static let summary = "Find the digits behind d[0], d[1], … from one sum in base N"

    struct Problem: Codable, Sendable {
        let base, addendLength: Int
        /// What d[i] stands for.
        let digits: [Int]
        let referenceAnswer: String
        /// Actual digits, the lowest first.
        let addend1, addend2, sum: [Int]

        enum CodingKeys: String, CodingKey {
            case base = "N"
            case addendLength = "addend_length"
            case digits
            case referenceAnswer = "reference_answer"
            case addend1 = "addend_1"
            case addend2 = "addend_2"
            case sum = "sum_result"
        }

        /// i for the digit that d[i] stands for.
        var places: [Int] { inverse(of: digits) }
    }

    init() {}

    /// Base 3 at level 0, one more a level; addends at least 3 digits longer than the base.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let base = 3 + level
        let length = random.integer(base + 3...max(base + 3, 2 * base))
        let digits = random.permutation(base)
        func addend(_ random: inout RandomStream) -> [Int] {
            (0..<length).map { random.integer(($0 < length - 1 ? 0 : 1)...base - 1) }
        }
        let first = addend(&random)
        let second = addend(&random)
        return Problem(
            base: base, addendLength: length, digits: digits, referenceAnswer: digits.spaced, addend1: first,
            addend2: second, sum: Self.sum(first, second, base: base))
    }

    private static func sum(_ first: [Int], _ second: [Int], base: Int) -> [Int] {
        var digits: [Int] = []
        digits.reserveCapacity(first.count + 1)
        var carry = 0
        for index in 0..<max(first.count, second.count) {
            let a = index < first.count ? first[index] : 0
            let b = index < second.count ? second[index] : 0
            let digit = a + b + carry
            carry = digit >= base ? 1 : 0
            digits.append(carry == 1 ? digit - base : digit)
        }
        if carry > 0 { digits.append(carry) }
        return digits
    }

    func prompt(for problem: Problem) -> String {
        let places = problem.places
        func written(_ number: [Int]) -> String { number.reversed().map { "d[\(places[$0])]" }.joined() }
        return """
            d[0] to d[\(problem.base - 1)] are the digits 0 to \(problem.base - 1) of base \(problem.base) in an \
            unknown order, each once. Written side by side they form a number in that base. This sum holds:
              \(written(problem.addend1))
            + \(written(problem.addend2))
            = \(written(problem.sum))
            Find digits that make it hold. Answer with d[0], d[1], … d[\(problem.base - 1)] in decimal, on one line, \
            separated by spaces.
            """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 not each digit once, else (share of the sum's digits that come out right)³.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let digits = answer.integers else { return -1 }
        guard isPermutation(digits, of: problem.base) else { return -0.5 }
        let goldPlaces = problem.places
        let sum = Self.sum(
            problem.addend1.map { digits[goldPlaces[$0]] }, problem.addend2.map { digits[goldPlaces[$0]] },
            base: problem.base)
        let places = inverse(of: digits)
        let length = max(sum.count, problem.sum.count)
        var right = 0
        for index in 0..<length {
            let mine = places[index < sum.count ? sum[index] : 0]
            let gold = goldPlaces[index < problem.sum.count ? problem.sum[index] : 0]
            if mine == gold { right += 1 }
        }
        return share(right, of: length, exponent: 3)
    }
}
