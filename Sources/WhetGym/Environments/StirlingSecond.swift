import WhetCore
import WhetEnvironments

/// In how many ways balls go into boxes such that none stays empty, modulo 1,000,000,007.
struct StirlingSecond: ProceduralEnvironment {
    static let name = "StirlingSecond"
    static let summary = "In how many ways balls go into boxes such that none stays empty, modulo 1,000,000,007"

    struct Problem: Codable, Sendable {
        let maximumBalls, maximumBoxes, balls, boxes, referenceAnswer: Int

        enum CodingKeys: String, CodingKey {
            case maximumBalls = "MAX_N"
            case maximumBoxes = "MAX_R"
            case balls = "N"
            case boxes = "R"
            case referenceAnswer = "reference_answer"
        }
    }

    private static let modulus = 1_000_000_007

    init() {}

    /// Up to 7 balls and 2 boxes at level 0, each level a tenth more, and one.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximumBalls = grown(from: 7, level: level, factor: 1.1, plus: 1)
        let maximumBoxes = grown(from: 2, level: level, factor: 1.1, plus: 1)
        let balls = random.integer(2...maximumBalls)
        let boxes = random.integer(2...min(balls, maximumBoxes))
        return Problem(
            maximumBalls: maximumBalls, maximumBoxes: maximumBoxes, balls: balls, boxes: boxes,
            referenceAnswer: Self.ways(balls: balls, boxes: boxes))
    }

    /// A further ball goes into one of the boxes in use, or into one that was not: w(n, r) = r · (w(n−1, r) + w(n−1,
    /// r−1)).
    private static func ways(balls: Int, boxes: Int) -> Int {
        var ways = [Int](repeating: 0, count: boxes + 1)
        ways[0] = 1
        for _ in 0..<balls {
            for used in stride(from: boxes, through: 1, by: -1) {
                ways[used] = used * (ways[used] + ways[used - 1]) % modulus
            }
            ways[0] = 0
        }
        return ways[boxes]
    }

    func prompt(for problem: Problem) -> String {
        """
        \(problem.balls) different balls are put into \(problem.boxes) different boxes, at least one into each. In how \
        many ways can this be done? Answer with the remainder of that count when divided by \(Self.modulus).
        """
    }

    func demonstration(for problem: Problem) -> String? { String(problem.referenceAnswer) }

    /// −1 no whole number, −0.5 not a remainder, 0 wrong, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        exactness(answer, problem.referenceAnswer, modulus: Self.modulus)
    }
}
