import WhetCore
import WhetEnvironments

/// The heaviest path of a directed graph that visits no vertex twice.
struct LongestPath: ProceduralEnvironment {
    static let name = "LongestPath"
    static let summary = "The heaviest path of a directed graph that visits no vertex twice"
    /// Sixteen vertices: the search looks at 2¹⁶ sets of them.
    static let maximumLevel = 12

    struct Problem: Codable, Sendable {
        let count: Int
        let edgeDensity: Double
        let edges: [Edge]
        let goldAnswer: Int

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case edgeDensity = "edge_density"
            case edges
            case goldAnswer = "gold_answer"
        }
    }

    typealias Edge = WeightedEdge

    init() {}

    /// Four vertices at level 0, one more a level; at least one edge.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = 4 + level
        let density = random.edgeDensity(RandomStream.tenths) { Int($0 * Double(count * (count - 1))) > 0 }
        let edges = random.otherEdges(
            Int(density * Double(count) * Double(count - 1)), than: [], vertices: count, maximumWeight: count)
        return Problem(
            count: count, edgeDensity: density, edges: edges, goldAnswer: Self.heaviestPath(count, edges).weight)
    }

    /// The heaviest path to each (vertices visited, vertex reached), smaller sets first.
    private static func heaviestPath(_ count: Int, _ edges: [WeightedEdge]) -> (weight: Int, path: [Int]) {
        let outgoing = edges.outgoing(vertices: count)
        var weights = [Int](repeating: -1, count: (1 << count) * count)
        for start in 0..<count { weights[(1 << start) * count + start] = 0 }
        var previous = [Int](repeating: -1, count: weights.count)
        var best = count
        for visited in 1..<1 << count {
            for vertex in 0..<count {
                let state = visited * count + vertex
                let weight = weights[state]
                guard weight >= 0 else { continue }
                if weight > weights[best] { best = state }
                for edge in outgoing[vertex] where visited >> edge.target & 1 == 0 {
                    let next = (visited | 1 << edge.target) * count + edge.target
                    if weight + edge.weight > weights[next] {
                        weights[next] = weight + edge.weight
                        previous[next] = state
                    }
                }
            }
        }
        return (weights[best], chain(to: best, previous).map { $0 % count })
    }

    func prompt(for problem: Problem) -> String {
        """
        A directed graph has the vertices 0 to \(problem.count - 1) and these edges, (from, to, weight):
        \(problem.edges.edgeLines)
        Find a path along edges that comes to no vertex twice, with as large a total weight as possible. Answer with \
        its vertices in order, on one line, separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? {
        Self.heaviestPath(problem.count, problem.edges).path.spaced
    }

    /// −1 unreadable, −0.5 no path, else (its weight ÷ most)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let path = answer.integers, !path.isEmpty else { return -1 }
        guard areDistinct(path, below: problem.count),
            let weight = WeightMatrix(count: problem.count, edges: problem.edges, isDirected: true).weight(of: path)
        else { return -0.5 }
        return share(weight, of: problem.goldAnswer, exponent: 5)
    }
}
