import WhetCore
import WhetEnvironments

/// How many arrangements of 1 … 2n rise along odd places, along even places and in each pair: Catalan's number.
struct CatalanNumberMod: ProceduralEnvironment {
    static let name = "CatalanNumberMod"
    static let summary =
        "How many arrangements of 1 … 2n rise along odd places, even places and in each pair: Catalan's number"

    struct Problem: Codable, Sendable {
        let maximum, count, modulus, referenceAnswer: Int

        enum CodingKeys: String, CodingKey {
            case maximum = "MAX_N"
            case count = "N"
            case modulus = "MOD"
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// n of up to 3 at level 0; each level a tenth more, and one.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = grown(from: 3, level: level, factor: 1.1, plus: 1)
        let count = random.integer(2...maximum)
        let modulus = random.integer(2...1_000_000_000)
        return Problem(
            maximum: maximum, count: count, modulus: modulus, referenceAnswer: Self.catalan(count, modulo: modulus))
    }

    /// By Catalan's triangle, which only adds and so allows any modulus.
    private static func catalan(_ n: Int, modulo modulus: Int) -> Int {
        var row = [Int](repeating: 0, count: n + 1)
        row[0] = 1 % modulus
        for step in 1...n {
            for k in 1..<max(step, 1) { row[k] = (row[k] + row[k - 1]) % modulus }
            row[step] = row[step - 1]
        }
        return row[n]
    }

    func prompt(for problem: Problem) -> String {
        let n = problem.count
        return """
            The numbers 1 to \(2 * n) are put in an order a(1), a(2), … a(\(2 * n)) such that a(1) < a(3) < a(5) < … \
            and a(2) < a(4) < a(6) < … and, for every i from 1 to \(n), a(2i − 1) < a(2i). In how many ways can this \
            be done? Answer with the remainder of that count when divided by \(problem.modulus).
            """
    }

    func demonstration(for problem: Problem) -> String? { String(problem.referenceAnswer) }

    /// −1 no whole number, −0.5 not a remainder, 0 wrong, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        exactness(answer, problem.referenceAnswer, modulus: problem.modulus)
    }
}
