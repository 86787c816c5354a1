import WhetCore
import WhetEnvironments

/// The cheapest vertices of which every edge has one.
struct Minimum_VertexCover: ProceduralEnvironment {
    static let name = "Minimum_VertexCover"
    static let summary = "The cheapest vertices of which every edge has one"
    static let maximumLevel = 28

    struct Problem: Codable, Sendable {
        let count: Int
        let edgeDensity: Double
        let edges: [Edge]
        let costs: [Int]
        let referenceAnswer: String
        let goldAnswer: Int

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case edgeDensity = "edge_density"
            case edges
            case costs = "C"
            case referenceAnswer = "reference_answer"
            case goldAnswer = "gold_answer"
        }
    }

    typealias Edge = Pair

    init() {}

    /// Four vertices at level 0, one more a level; at least one edge.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = 4 + level
        let (density, edges) = random.graph(count, densities: RandomStream.coverDensities)
        let costs = (0..<count).map { _ in random.integer(1...10) }
        var search = Search(costs: costs, edges: edges)
        let best = search.cheapest()
        return Problem(
            count: count, edgeDensity: density, edges: edges, costs: costs, referenceAnswer: best.spaced,
            goldAnswer: best.reduce(0) { $0 + costs[$1] })
    }

    /// Branch and bound: the vertex with most open edges is chosen, or all its neighbors are.
    private struct Search {
        let costs: [Int]
        var neighbors: [Int]
        var best = 0
        var bestCost = Int.max

        init(costs: [Int], edges: [Pair]) {
            self.costs = costs
            neighbors = [Int](repeating: 0, count: costs.count)
            for edge in edges {
                neighbors[edge.first] |= 1 << edge.second
                neighbors[edge.second] |= 1 << edge.first
            }
        }

        mutating func cheapest() -> [Int] {
            search(chosen: 0, open: 1 << costs.count - 1, cost: 0)
            return costs.indices.filter { best >> $0 & 1 == 1 }
        }

        /// - Parameter open: vertices that are not decided on.
        private mutating func search(chosen: Int, open: Int, cost: Int) {
            guard cost < bestCost else { return }
            var busiest = 0
            var most = 0
            for vertex in costs.indices where open >> vertex & 1 == 1 {
                let degree = (neighbors[vertex] & open).nonzeroBitCount
                if degree > most { (busiest, most) = (vertex, degree) }
            }
            guard most > 0 else {
                (best, bestCost) = (chosen, cost)
                return
            }
            let beside = neighbors[busiest] & open
            let costBeside = costs.indices.reduce(0) { $0 + (beside >> $1 & 1) * costs[$1] }
            search(chosen: chosen | 1 << busiest, open: open & ~(1 << busiest), cost: cost + costs[busiest])
            search(chosen: chosen | beside, open: open & ~beside & ~(1 << busiest), cost: cost + costBeside)
        }
    }

    func prompt(for problem: Problem) -> String {
        """
        A graph has the vertices 0 to \(problem.count - 1) and these undirected edges:
        \(problem.edges.edgeLines)
        Choosing vertex i costs C[i]:
        \(problem.costs.costLines)
        Choose vertices such that each edge has at least one end chosen, at the least total cost. Answer with the \
        vertices that you choose, on one line, separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 an edge left out or a vertex twice, else (least ÷ its cost)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let vertices = answer.integers else { return -1 }
        guard areDistinct(vertices, below: problem.count) else { return -0.5 }
        var isSelected = [Bool](repeating: false, count: problem.count)
        var cost = 0
        for vertex in vertices {
            isSelected[vertex] = true
            cost += problem.costs[vertex]
        }
        guard problem.edges.allSatisfy({ isSelected[$0.first] || isSelected[$0.second] }) else { return -0.5 }
        return cost > 0 ? share(problem.goldAnswer, of: cost, exponent: 5) : -1
    }
}
