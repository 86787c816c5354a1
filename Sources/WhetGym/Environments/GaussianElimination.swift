import WhetCore
import WhetEnvironments

/// A whole-number solution of a system of linear equations.
struct GaussianElimination: ProceduralEnvironment {
    static let name = "GaussianElimination"
    static let summary = "A whole-number solution of a system of linear equations"

    struct Problem: Codable, Sendable {
        let unknowns, equationCount: Int
        let solution: [Int]
        let referenceAnswer: String
        let equations: [[Int]]
        let results: [Int]

        enum CodingKeys: String, CodingKey {
            case unknowns = "N"
            case equationCount = "M"
            case solution = "x"
            case referenceAnswer = "reference_answer"
            case equations, results
        }
    }

    init() {}

    /// Three unknowns at level 0, each level a tenth more, and one; two to three times as many equations.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let unknowns = grown(from: 3, level: level, factor: 1.1, plus: 1)
        let equationCount = Int(Double(20 + random.integer(0...10)) / 10 * Double(unknowns))
        let solution = (0..<unknowns).map { _ in random.integer(1...unknowns) }
        let maximum = max(1, unknowns / 5)
        var equations: [[Int]] = []
        var results: [Int] = []
        while equations.count < equationCount {
            let equation = (0..<unknowns).map { _ in random.chance(0.5) ? random.integer(1...maximum) : 0 }
            guard equation.contains(where: { $0 != 0 }) else { continue }
            equations.append(equation)
            results.append(zip(equation, solution).reduce(0) { $0 + $1.0 * $1.1 })
        }
        return Problem(
            unknowns: unknowns, equationCount: equationCount, solution: solution, referenceAnswer: solution.spaced,
            equations: equations, results: results)
    }

    func prompt(for problem: Problem) -> String {
        let lines = zip(problem.equations, problem.results).map { equation, result in
            let terms = equation.enumerated().filter { $0.element != 0 }.map { "\($0.element) * x[\($0.offset)]" }
            return terms.joined(separator: " + ") + " = \(result)"
        }
        return """
            Find whole numbers x[0] to x[\(problem.unknowns - 1)] that solve these equations:
            \(lines.joined(separator: "\n"))
            Answer with x[0], x[1], … x[\(problem.unknowns - 1)] on one line, separated by spaces.
            """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable or a wrong count, else (share of equations that hold)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let numbers = answer.wideIntegers, numbers.count == problem.unknowns else { return -1 }
        let right = zip(problem.equations, problem.results).count { equation, result in
            var sum: Int128 = 0
            for (coefficient, number) in zip(equation, numbers) where coefficient != 0 {
                let (product, isTooLarge) = number.multipliedReportingOverflow(by: Int128(coefficient))
                let (next, isTooLargeInAll) = sum.addingReportingOverflow(product)
                if isTooLarge || isTooLargeInAll { return false }
                sum = next
            }
            return sum == Int128(result)
        }
        return share(right, of: problem.equations.count, exponent: 10)
    }
}
