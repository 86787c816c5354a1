import WhetCore
import WhetEnvironments

/// The fewest swaps of neighbors after which two lists are as alike as they can be.
struct InversionPair: ProceduralEnvironment {
    static let name = "InversionPair"
    static let summary = "The fewest swaps of neighbors after which two lists are as alike as they can be"

    struct Problem: Codable, Sendable {
        let count: Int
        let a, b: [Int]
        let referenceAnswer: Int

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case a = "A"
            case b = "B"
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// Lists of three at level 0, each level a tenth more, and one.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = grown(from: 3, level: level, factor: 1.1, plus: 1)
        let a = random.sample(count, of: 2 * count)
        let b = random.sample(count, of: 2 * count)
        return Problem(count: count, a: a, b: b, referenceAnswer: Self.swaps(a, b))
    }

    /// The lists are most alike when equal ranks meet; that takes one swap for each inversion of the ranks' places.
    private static func swaps(_ a: [Int], _ b: [Int]) -> Int {
        var places = [Int](repeating: 0, count: a.count)
        let order = a.indices.sorted { a[$0] < a[$1] }
        let otherOrder = b.indices.sorted { b[$0] < b[$1] }
        for (place, otherPlace) in zip(order, otherOrder) { places[place] = otherPlace }
        var inversions = 0
        for i in places.indices {
            for j in 0..<i where places[j] > places[i] { inversions += 1 }
        }
        return inversions
    }

    func prompt(for problem: Problem) -> String {
        """
        Two lists of \(problem.count) different numbers each:
        A: \(problem.a.spaced)
        B: \(problem.b.spaced)
        A move swaps two neighbors in one of the lists. The sum over all places i of (A[i] − B[i])² is to become as \
        small as moves can make it. What is the least number of moves for that? Answer with the number alone.
        """
    }

    func demonstration(for problem: Problem) -> String? { String(problem.referenceAnswer) }

    /// −1 no whole number from 0 up, else (smaller ÷ larger)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let number = answer.integer, number >= 0 else { return -1 }
        return ratio(number, problem.referenceAnswer, exponent: 10)
    }
}
