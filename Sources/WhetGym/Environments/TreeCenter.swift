import WhetCore
import WhetEnvironments

/// The vertex of a tree from which it is least far to all others, weighted by their costs.
struct TreeCenter: ProceduralEnvironment {
    static let name = "TreeCenter"
    static let summary = "The vertex of a tree from which it is least far to all others, weighted by their costs"

    struct Problem: Codable, Sendable {
        let count: Int
        let costs: [Int]
        let edges: [Edge]
        let referenceAnswer, goldAnswer: Int

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case costs = "C"
            case edges
            case referenceAnswer = "reference_answer"
            case goldAnswer = "gold_answer"
        }
    }

    typealias Edge = WeightedEdge

    init() {}

    /// Four vertices at level 0, one more a level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = 4 + level
        let costs = (0..<count).map { _ in random.integer(1...count) }
        let order = random.permutation(count)
        let edges = (1..<count).map { place in
            let pair = Pair(order[place], order[random.integer(0...place - 1)]).ordered
            return WeightedEdge(pair.first, pair.second, random.integer(1...count))
        }.shuffled(using: &random)
        let totals = (0..<count).map { Self.total(from: $0, costs, edges) }
        let best = totals.min() ?? 0
        return Problem(
            count: count, costs: costs, edges: edges, referenceAnswer: totals.firstIndex(of: best) ?? 0,
            goldAnswer: best)
    }

    /// The sum of distance × cost. Goes over the edges until all vertices are reached; trees here are small.
    private static func total(from root: Int, _ costs: [Int], _ edges: [WeightedEdge]) -> Int {
        var distances = [Int](repeating: -1, count: costs.count)
        distances[root] = 0
        var total = 0
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for edge in edges {
                let (near, far) = distances[edge.source] >= 0 ? (edge.source, edge.target) : (edge.target, edge.source)
                guard distances[near] >= 0, distances[far] < 0 else { continue }
                distances[far] = distances[near] + edge.weight
                total += distances[far] * costs[far]
                hasChanged = true
            }
        }
        return total
    }

    func prompt(for problem: Problem) -> String {
        """
        A tree has the vertices 0 to \(problem.count - 1) and these undirected edges, (vertex, vertex, length):
        \(problem.edges.edgeLines)
        Vertex i has the cost C[i]:
        \(problem.costs.costLines)
        Choose a vertex such that the sum over all vertices of their distance to it times their cost is as small as \
        possible. Answer with that vertex alone.
        """
    }

    func demonstration(for problem: Problem) -> String? { String(problem.referenceAnswer) }

    /// −1 no vertex, else (least ÷ its sum)⁸.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let vertex = answer.integer, problem.costs.indices ~= vertex else { return -1 }
        let total = Self.total(from: vertex, problem.costs, problem.edges)
        return total > 0 ? share(problem.goldAnswer, of: total, exponent: 8) : -1
    }
}
