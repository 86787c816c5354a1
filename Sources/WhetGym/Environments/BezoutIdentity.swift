import WhetCore
import WhetEnvironments

/// Whole-number coefficients that make the smallest positive combination of given numbers.
struct BezoutIdentity: ProceduralEnvironment {
    static let name = "BezoutIdentity"
    static let summary = "Whole-number coefficients that make the smallest positive combination of given numbers"
    static let maximumLevel = 20

    struct Problem: Codable, Sendable {
        let count, maximum: Int
        let numbers: [Int]
        let referenceAnswer: String
        let goldAnswer: Int

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case maximum = "MAX_A"
            case numbers = "A"
            case referenceAnswer = "reference_answer"
            case goldAnswer = "gold_answer"
        }
    }

    init() {}

    /// Two numbers of up to 32 at level 0; each level one number more, and twice as large ones. Numbers that share a
    /// factor with many of the others are preferred.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = 2 + level
        let maximum = 32 << level
        var numbers: [Int] = []
        for _ in 0..<count {
            var picked = 0
            var best = -1
            for _ in 0..<1024 where best < numbers.count {
                let candidate = random.integer(2...maximum)
                let shared = numbers.count { greatestCommonDivisor(candidate, $0) > 1 }
                if shared > best { (best, picked) = (shared, candidate) }
            }
            numbers.append(random.chance(0.5) ? -picked : picked)
        }
        numbers.shuffle(using: &random)
        let (divisor, coefficients) = Self.identity(numbers)
        return Problem(
            count: count, maximum: maximum, numbers: numbers,
            referenceAnswer: coefficients.map { String($0) }.joined(separator: " "), goldAnswer: divisor)
    }

    /// The greatest common divisor and coefficients that combine the numbers to it.
    private static func identity(_ numbers: [Int]) -> (Int, [Int128]) {
        var divisor = 0
        var coefficients: [Int128] = []
        for number in numbers {
            let (next, scale, coefficient) = extended(divisor, Int(number.magnitude))
            for index in coefficients.indices { coefficients[index] *= Int128(scale) }
            coefficients.append(Int128(number < 0 ? -coefficient : coefficient))
            divisor = next
        }
        return (divisor, coefficients)
    }

    /// g = a · x + b · y for a, b ≥ 0, by Euclid. Where a divides b, x is 1, so that coefficients do not grow.
    private static func extended(_ a: Int, _ b: Int) -> (g: Int, x: Int, y: Int) {
        if a == 0 { return (b, 0, 1) }
        let (g, x, y) = extended(b % a, a)
        return (g, y - b / a * x, x)
    }

    func prompt(for problem: Problem) -> String {
        """
        Given are \(problem.count) numbers: \(problem.numbers.spaced)
        Choose a whole number for each of them, to multiply it by, so that the sum of the products is greater than 0 \
        and as small as can be. Answer with these \(problem.count) whole numbers in the same order, on one line, \
        separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 a wrong count or a sum not above 0, else (best ÷ sum)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let coefficients = answer.wideIntegers else { return -1 }
        guard coefficients.count == problem.count else { return -0.5 }
        var sum: Int128 = 0
        for (coefficient, number) in zip(coefficients, problem.numbers) {
            let (product, isTooLarge) = coefficient.multipliedReportingOverflow(by: Int128(number))
            let (next, isTooLargeInAll) = sum.addingReportingOverflow(product)
            if isTooLarge || isTooLargeInAll { return -0.5 }
            sum = next
        }
        guard sum > 0 else { return -0.5 }
        return power(Double(problem.goldAnswer) / Double(sum), 5)
    }
}
