import WhetCore
import WhetEnvironments

/// The largest set of vertices that are all joined to each other.
struct MaximumClique: ProceduralEnvironment {
    static let name = "MaximumClique"
    static let summary = "The largest set of vertices that are all joined to each other"
    /// Sets of vertices are 64 bits.
    static let maximumLevel = 28

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

    typealias Edge = Pair

    init() {}

    /// Four vertices at level 0, two more a level; at least one edge.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = 4 + 2 * level
        let (density, edges) = random.graph(count, densities: RandomStream.tenths)
        var search = CliqueSearch(count: count, edges: edges)
        let clique = search.largest()
        return Problem(
            count: count, edgeDensity: density, edges: edges, referenceAnswer: clique.spaced, goldAnswer: clique.count)
    }

    /// Branch and bound; a coloring of the candidates bounds how many of them can be in one clique (Tomita and Seki).
    private struct CliqueSearch {
        private var neighbors: [UInt64]
        private var best: UInt64 = 0

        init(count: Int, edges: [Pair]) {
            neighbors = [UInt64](repeating: 0, count: count)
            for edge in edges {
                neighbors[edge.first] |= 1 << UInt64(edge.second)
                neighbors[edge.second] |= 1 << UInt64(edge.first)
            }
        }

        mutating func largest() -> [Int] {
            expand(0, candidates: neighbors.count == 64 ? .max : 1 << UInt64(neighbors.count) - 1)
            return neighbors.indices.filter { best >> UInt64($0) & 1 == 1 }
        }

        private mutating func expand(_ clique: UInt64, candidates: UInt64) {
            guard candidates != 0 else {
                if clique.nonzeroBitCount > best.nonzeroBitCount { best = clique }
                return
            }
            var rest = candidates
            for (vertex, color) in colored(candidates).reversed() {
                guard clique.nonzeroBitCount + color > best.nonzeroBitCount else { return }
                expand(clique | 1 << UInt64(vertex), candidates: rest & neighbors[vertex])
                rest &= ~(1 << UInt64(vertex))
            }
        }

        /// Vertices with the number of colors that they and those before them need, unjoined ones sharing a color.
        private func colored(_ vertices: UInt64) -> [(vertex: Int, color: Int)] {
            var colored: [(vertex: Int, color: Int)] = []
            var uncolored = vertices
            var color = 0
            while uncolored != 0 {
                color += 1
                var free = uncolored
                while free != 0 {
                    let vertex = free.trailingZeroBitCount
                    free &= ~(1 << UInt64(vertex)) & ~neighbors[vertex]
                    uncolored &= ~(1 << UInt64(vertex))
                    colored.append((vertex, color))
                }
            }
            return colored
        }
    }

    func prompt(for problem: Problem) -> String {
        """
        A graph has the vertices 0 to \(problem.count - 1) and these undirected edges:
        \(problem.edges.edgeLines)
        Find as many vertices as possible of which every two are joined by an edge. Answer with them in any order, on \
        one line, separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 no clique, else (its size ÷ largest)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let clique = answer.integers else { return -1 }
        guard areDistinct(clique, below: problem.count) else { return -0.5 }
        let joined = AdjacencyMatrix(count: problem.count, edges: problem.edges)
        for i in clique.indices {
            for j in 0..<i where !joined[clique[i], clique[j]] { return -0.5 }
        }
        return share(clique.count, of: problem.goldAnswer, exponent: 5)
    }
}
