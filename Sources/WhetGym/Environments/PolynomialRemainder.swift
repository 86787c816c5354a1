import WhetCore
import WhetEnvironments

/// The remainder of one polynomial divided by another.
struct PolynomialRemainder: ProceduralEnvironment {
    static let name = "PolynomialRemainder"
    static let summary = "The remainder of one polynomial divided by another"

    struct Problem: Codable, Sendable {
        let degree, divisorDegree: Int
        /// Coefficients, that of x⁰ first.
        let divisor, quotient, remainder, dividend: [Int]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case degree = "N"
            case divisorDegree = "M"
            case divisor = "Q_coeffs"
            case quotient = "R_coeffs"
            case remainder = "S_coeffs"
            case dividend = "P_coeffs"
            case referenceAnswer = "reference_answer"
        }
    }

    private static let maximumCoefficient = 5

    init() {}

    /// Degree 3 at level 0, each level a tenth more, and one; divisors of degree 2 up to 0.9 of that.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let degree = grown(from: 3, level: level, factor: 1.1, plus: 1)
        let shares = [0.1, 0.3, 0.5, 0.7, 0.9].map { Int(Double(degree) * $0) }
        let degrees = Set([2, 3, 4, 5].filter { $0 <= degree } + shares.filter { $0 >= 2 }).sorted()
        let divisorDegree = random.element(of: degrees)
        let bound = Self.maximumCoefficient
        func coefficients(_ count: Int, _ random: inout RandomStream) -> [Int] {
            (0..<count).map { _ in random.integer(-bound...bound) }
        }
        let divisor = coefficients(divisorDegree, &random) + [random.integer(1...bound)]
        let quotient = coefficients(degree - divisorDegree, &random) + [random.integer(1...bound)]
        let remainder = coefficients(divisorDegree, &random)
        var dividend = remainder + [Int](repeating: 0, count: degree + 1 - divisorDegree)
        for (i, a) in divisor.enumerated() {
            for (j, b) in quotient.enumerated() { dividend[i + j] += a * b }
        }
        return Problem(
            degree: degree, divisorDegree: divisorDegree, divisor: divisor, quotient: quotient, remainder: remainder,
            dividend: dividend, referenceAnswer: remainder.spaced)
    }

    func prompt(for problem: Problem) -> String {
        func written(_ coefficients: [Int]) -> String {
            coefficients.enumerated().filter { $0.element != 0 }.map { "(\($0.element)) x^\($0.offset)" }
                .joined(separator: " + ")
        }
        return """
            P(x) = \(written(problem.dividend))
            Q(x) = \(written(problem.divisor))
            P is divided by Q with a remainder of lower degree than \(problem.divisorDegree), whose coefficients are \
            whole numbers. Answer with the \(problem.divisorDegree) coefficients of the remainder, that of x^0 first, \
            zeros included, on one line, separated by spaces.
            """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 a wrong count, else (share of coefficients right)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let coefficients = answer.integers else { return -1 }
        guard coefficients.count == problem.divisorDegree else { return -0.5 }
        return shareOfMatches(coefficients, problem.remainder)
    }
}
