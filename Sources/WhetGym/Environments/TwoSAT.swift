import WhetCore
import WhetEnvironments

/// Truth values that fulfil clauses of two literals.
struct TwoSAT: ProceduralEnvironment {
    static let name = "TwoSAT"
    static let summary = "Truth values that fulfil clauses of two literals"

    struct Problem: Codable, Sendable {
        let variables, clauseCount: Int
        let solution: [Int]
        let referenceAnswer: String
        let clauses: [[Clause]]

        enum CodingKeys: String, CodingKey {
            case variables = "N"
            case clauseCount = "M"
            case solution = "x"
            case referenceAnswer = "reference_answer"
            case clauses
        }
    }

    typealias Clause = Literal

    init() {}

    /// Three variables at level 0, each level a tenth more, and one.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let variables = grown(from: 3, level: level, factor: 1.1, plus: 1)
        let clauseCount = Clauses.count(variables: variables, random: &random)
        let values = (0..<variables).map { _ in random.integer(0...1) }
        let clauses = (0..<clauseCount).map { _ in
            Clauses.clause(random.sample(2, of: variables), true: values, random: &random)
        }
        return Problem(
            variables: variables, clauseCount: clauseCount, solution: values, referenceAnswer: values.spaced,
            clauses: clauses)
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
