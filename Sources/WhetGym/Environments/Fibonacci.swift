import WhetCore
import WhetEnvironments

/// A term of a sequence of Fibonacci's kind, modulo 10,000.
struct Fibonacci: ProceduralEnvironment {
    static let name = "Fibonacci"
    static let summary = "A term of a sequence of Fibonacci's kind, modulo 10,000"

    struct Problem: Codable, Sendable {
        let maximum, index: Int
        let first, second, p, q: Int
        let referenceAnswer: Int

        enum CodingKeys: String, CodingKey {
            case maximum = "MAX_N"
            case index = "N"
            case first = "A1"
            case second = "A2"
            case p = "P"
            case q = "Q"
            case referenceAnswer = "reference_answer"
        }
    }

    private static let modulus = 10_000

    init() {}

    /// Terms up to the third at level 0, twice as far each level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 3 << level
        let index = random.integer(3...maximum)
        let first = random.integer(0...Self.modulus - 1)
        let second = random.integer(0...Self.modulus - 1)
        let p = random.integer(1...Self.modulus - 1)
        let q = random.integer(1...Self.modulus - 1)
        return Problem(
            maximum: maximum, index: index, first: first, second: second, p: p, q: q,
            referenceAnswer: Self.term(index, first: first, second: second, p: p, q: q))
    }

    /// By squaring the matrix [[p, q], [1, 0]].
    private static func term(_ index: Int, first: Int, second: Int, p: Int, q: Int) -> Int {
        typealias Matrix = (a: Int, b: Int, c: Int, d: Int)
        func product(_ x: Matrix, _ y: Matrix) -> Matrix {
            (
                (x.a * y.a + x.b * y.c) % modulus, (x.a * y.b + x.b * y.d) % modulus,
                (x.c * y.a + x.d * y.c) % modulus, (x.c * y.b + x.d * y.d) % modulus
            )
        }
        var result: Matrix = (1, 0, 0, 1)
        var square: Matrix = (p, q, 1, 0)
        var exponent = index - 2
        while exponent > 0 {
            if exponent & 1 == 1 { result = product(result, square) }
            square = product(square, square)
            exponent >>= 1
        }
        return (result.a * second + result.b * first) % modulus
    }

    func prompt(for problem: Problem) -> String {
        """
        A sequence begins with a(1) = \(problem.first) and a(2) = \(problem.second) and goes on by \
        a(n) = \(problem.p) · a(n − 1) + \(problem.q) · a(n − 2). What is the remainder of a(\(problem.index)) when \
        divided by \(Self.modulus)? Answer with the number alone.
        """
    }

    func demonstration(for problem: Problem) -> String? { String(problem.referenceAnswer) }

    /// −1 no whole number, 0 wrong, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double { exactness(answer, problem.referenceAnswer) }
}
