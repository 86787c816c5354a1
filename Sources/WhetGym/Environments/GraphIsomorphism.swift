import WhetCore
import WhetEnvironments

/// A mapping of vertices that turns one graph into another.
struct GraphIsomorphism: ProceduralEnvironment {
    static let name = "GraphIsomorphism"
    static let summary = "A mapping of vertices that turns one graph into another"

    struct Problem: Codable, Sendable {
        let count: Int
        let edgeDensity: Double
        let first, second: [Edge]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case edgeDensity = "edge_density"
            case first = "G1_edges"
            case second = "G2_edges"
            case referenceAnswer = "reference_answer"
        }
    }

    typealias Edge = Pair

    init() {}

    /// Three vertices at level 0, one more a level; a share of 0.05, 0.15, … 0.95 of all edges, at least one edge.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = 3 + level
        let (density, first) = random.graph(count, densities: RandomStream.tenths)
        let mapping = random.permutation(count)
        let second = first.map { Pair(mapping[$0.first], mapping[$0.second]).ordered }.shuffled(using: &random)
        return Problem(
            count: count, edgeDensity: density, first: first, second: second, referenceAnswer: mapping.spaced)
    }

    func prompt(for problem: Problem) -> String {
        """
        Two graphs have \(problem.count) vertices each, 0 to \(problem.count - 1), and undirected edges. The first has
        \(problem.first.edgeLines)
        and the second
        \(problem.second.edgeLines)
        They are the same but for the names of the vertices. Say which vertex of the second each vertex of the first \
        corresponds to, so that edges fall on edges. Answer with the vertices of the second that correspond to 0, 1, … \
        \(problem.count - 1), on one line, separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 no permutation, else (share of edges that fall on edges)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let mapping = answer.integers else { return -1 }
        guard isPermutation(mapping, of: problem.count) else { return -0.5 }
        guard !problem.second.isEmpty else { return -1 }
        let second = AdjacencyMatrix(count: problem.count, edges: problem.second)
        let right = problem.first.count { second[mapping[$0.first], mapping[$0.second]] }
        return share(right, of: problem.second.count, exponent: 10)
    }
}
