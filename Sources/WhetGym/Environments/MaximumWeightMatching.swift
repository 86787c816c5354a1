import WhetCore
import WhetEnvironments

/// The heaviest set of edges of which no two share a vertex.
struct MaximumWeightMatching: ProceduralEnvironment {
    static let name = "MaximumWeightMatching"
    static let summary = "The heaviest set of edges of which no two share a vertex"
    /// Twenty vertices: the search looks at 2²⁰ sets of them.
    static let maximumLevel = 10

    struct Problem: Codable, Sendable {
        let count: Int
        let edgeDensity: Double
        let edges: [Edge]
        let referenceAnswer: String
        let goldWeight: Int

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case edgeDensity = "edge_density"
            case edges
            case referenceAnswer = "reference_answer"
            case goldWeight = "gold_weight"
        }
    }

    typealias Edge = WeightedEdge

    init() {}

    /// Five vertices at level 0, each level a tenth more, and one; a tenth, three or four tenths of all edges.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = grown(from: 5, level: level, factor: 1.1, plus: 1)
        let (density, pairs) = random.graph(count, densities: [0.1, 0.3, 0.4])
        let edges = pairs.map { WeightedEdge($0.first, $0.second, random.integer(1...count)) }
        let (weight, matching) = Self.heaviest(count, edges)
        return Problem(
            count: count, edgeDensity: density, edges: edges,
            referenceAnswer: matching.flatMap { [$0.source, $0.target] }.spaced, goldWeight: weight)
    }

    /// The heaviest matching within each set of vertices: its last vertex is left alone or joined to another.
    private static func heaviest(_ count: Int, _ edges: [WeightedEdge]) -> (Int, [WeightedEdge]) {
        // Edges by their larger vertex.
        var downward = [[WeightedEdge]](repeating: [], count: count)
        for edge in edges { downward[max(edge.source, edge.target)].append(edge) }
        var weights = [Int32](repeating: 0, count: 1 << count)
        var chosen = [Int32](repeating: -1, count: 1 << count)
        for set in 1..<1 << count {
            let last = Int.bitWidth - 1 - set.leadingZeroBitCount
            let without = set & ~(1 << last)
            weights[set] = weights[without]
            for (index, edge) in downward[last].enumerated() {
                let other = min(edge.source, edge.target)
                guard set >> other & 1 == 1 else { continue }
                let weight = weights[without & ~(1 << other)] + Int32(edge.weight)
                if weight > weights[set] { (weights[set], chosen[set]) = (weight, Int32(index)) }
            }
        }
        var matching: [WeightedEdge] = []
        var set = 1 << count - 1
        while set != 0 {
            let last = Int.bitWidth - 1 - set.leadingZeroBitCount
            let choice = Int(chosen[set])
            set &= ~(1 << last)
            if choice >= 0 {
                let edge = downward[last][choice]
                matching.append(edge)
                set &= ~(1 << min(edge.source, edge.target))
            }
        }
        return (Int(weights[1 << count - 1]), matching)
    }

    func prompt(for problem: Problem) -> String {
        """
        A graph has the vertices 0 to \(problem.count - 1) and these undirected edges, (vertex, vertex, weight):
        \(problem.edges.edgeLines)
        Choose edges of which no two have a vertex in common, with as large a total weight as possible. Answer with \
        the two vertices of each edge that you choose, one edge after the other, all on one line, separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable or an odd number of vertices, −0.5 no matching, else (its weight ÷ most)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let vertices = answer.integers, vertices.count % 2 == 0 else { return -1 }
        guard areDistinct(vertices, below: problem.count) else { return -0.5 }
        let matrix = WeightMatrix(count: problem.count, edges: problem.edges, isDirected: false)
        var total = 0
        for index in stride(from: 0, to: vertices.count, by: 2) {
            guard let weight = matrix[vertices[index], vertices[index + 1]] else { return -0.5 }
            total += weight
        }
        return share(total, of: problem.goldWeight, exponent: 5)
    }
}
