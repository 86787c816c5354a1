import WhetCore
import WhetEnvironments

/// Truth values that fulfil clauses of any length.
struct SAT: ProceduralEnvironment {
    static let name = "SAT"
    static let summary = "Truth values that fulfil clauses of any length"

    struct Problem: Codable, Sendable {
        let variables, clauseCount: Int
        let density: Double
        let referenceAnswer: String
        let clauses: [[Clause]]

        enum CodingKeys: String, CodingKey {
            case variables = "N"
            case clauseCount = "M"
            case density
            case referenceAnswer = "reference_answer"
            case clauses
        }
    }

    typealias Clause = Literal

    init() {}

    /// Three variables at level 0, one more a level. A clause holds each variable with a probability of 0.05 to 0.5,
    /// and at least two.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let variables = 3 + level
        let clauseCount = Clauses.count(variables: variables, random: &random)
        let density = random.element(of: [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5])
        let values = (0..<variables).map { _ in random.integer(0...1) }
        let lengths = Self.lengthWeights(variables: variables, density: density)
        let clauses = (0..<clauseCount).map { _ in
            let length = Self.length(lengths, &random)
            return Clauses.clause(random.sample(length, of: variables).sorted(), true: values, random: &random)
        }
        return Problem(
            variables: variables, clauseCount: clauseCount, density: density, referenceAnswer: values.spaced,
            clauses: clauses)
    }

    /// How likely a clause of each length from 0 up is, those below 2 left out: drawing until it is long enough would
    /// take long where the density is low.
    private static func lengthWeights(variables: Int, density: Double) -> [Double] {
        var weights: [Double] = []
        var binomial = 1.0
        for length in 0...variables {
            weights.append(length < 2 ? 0 : binomial * power(density, length) * power(1 - density, variables - length))
            binomial = binomial * Double(variables - length) / Double(length + 1)
        }
        return weights
    }

    private static func length(_ weights: [Double], _ random: inout RandomStream) -> Int {
        var rest = random.unit() * weights.reduce(0, +)
        for (length, weight) in weights.enumerated() where weight > 0 {
            rest -= weight
            if rest < 0 { return length }
        }
        return weights.count - 1
    }

    func prompt(for problem: Problem) -> String {
        Clauses.prompt(problem.clauses, variables: problem.variables)
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 other than a 0 or 1 for each variable, else (share of clauses that hold)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        Clauses.score(answer, problem.clauses, variables: problem.variables)
    }
}
