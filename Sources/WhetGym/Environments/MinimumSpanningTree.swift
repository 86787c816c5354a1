import WhetCore
import WhetEnvironments

/// The lightest edges that hold a graph together.
struct MinimumSpanningTree: ProceduralEnvironment {
    static let name = "MinimumSpanningTree"
    static let summary = "The lightest edges that hold a graph together"
    static let maximumLevel = 30

    struct Problem: Codable, Sendable {
        let count: Int
        let edgeDensity: Double
        let edges: [Edge]
        let referenceAnswer: String
        let goldAnswer: Int

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case edgeDensity = "edge_density"
            case edges
            case referenceAnswer = "reference_answer"
            case goldAnswer = "gold_answer"
        }
    }

    typealias Edge = WeightedEdge

    init() {}

    /// Four vertices at level 0, each level a tenth more, and one; more edges than a tree needs.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = grown(from: 4, level: level, factor: 1.1, plus: 1)
        let density = random.edgeDensity([0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9]) {
            Int($0 * Double(count * (count - 1)) / 2) > count - 1
        }
        let size = Int(density * Double(count) * Double(count - 1) / 2)
        let order = random.permutation(count)
        var pairs = (1..<count).map { Pair(order[$0], order[random.integer(0...$0 - 1)]).ordered }
        let tree = AdjacencyMatrix(count: count, edges: pairs)
        let others = random.edges(count * (count - 1) / 2, vertices: count).filter { !tree[$0.first, $0.second] }
        pairs += others.prefix(max(0, size - pairs.count))
        let edges = pairs.shuffled(using: &random).map {
            WeightedEdge($0.first, $0.second, random.integer(1...max(1, size)))
        }
        let best = Self.lightestTree(count, edges)
        return Problem(
            count: count, edgeDensity: density, edges: edges,
            referenceAnswer: best.flatMap { [$0.source, $0.target] }.spaced,
            goldAnswer: best.reduce(0) { $0 + $1.weight })
    }

    /// Kruskal's.
    private static func lightestTree(_ count: Int, _ edges: [WeightedEdge]) -> [WeightedEdge] {
        var parts = DisjointSets(count: count)
        return edges.sorted { $0.weight < $1.weight }.filter { parts.join($0.source, $0.target) }
    }

    func prompt(for problem: Problem) -> String {
        """
        A graph has the vertices 0 to \(problem.count - 1) and these undirected edges, (vertex, vertex, weight):
        \(problem.edges.edgeLines)
        Choose \(problem.count - 1) of the edges over which every vertex can be reached from every other, with the \
        least total weight. Answer with the two vertices of each edge that you choose, one edge after the other, all \
        on one line, separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable or an odd number of vertices, −0.5 no spanning tree, else (least ÷ its weight)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let vertices = answer.integers, vertices.count % 2 == 0 else { return -1 }
        guard vertices.count == 2 * (problem.count - 1) else { return -0.5 }
        let matrix = WeightMatrix(count: problem.count, edges: problem.edges, isDirected: false)
        var parts = DisjointSets(count: problem.count)
        var total = 0
        for index in stride(from: 0, to: vertices.count, by: 2) {
            let (first, second) = (vertices[index], vertices[index + 1])
            // As many edges as a tree has, each joining what was apart: a tree.
            guard 0..<problem.count ~= first, 0..<problem.count ~= second, let weight = matrix[first, second],
                parts.join(first, second)
            else { return -0.5 }
            total += weight
        }
        return share(problem.goldAnswer, of: total, exponent: 5)
    }
}
