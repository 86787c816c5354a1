import WhetCore
import WhetEnvironments

/// The cheapest vertices such that every other has one of them beside it.
struct Minimum_DominatingSet: ProceduralEnvironment {
    static let name = "Minimum_DominatingSet"
    static let summary = "The cheapest vertices such that every other has one of them beside it"
    static let maximumLevel = 24

    struct Problem: Codable, Sendable {
        let count: Int
        let edgeDensity: Double
        let edges: [Edge]
        let costs: [Int]
        /// A bit for each vertex that a vertex covers: itself and its neighbors.
        let covering: [Int]
        let referenceAnswer: String
        let goldAnswer: Int

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case edgeDensity = "edge_density"
            case edges
            case costs = "C"
            case covering
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
        var covering = (0..<count).map { 1 << $0 }
        for edge in edges {
            covering[edge.first] |= 1 << edge.second
            covering[edge.second] |= 1 << edge.first
        }
        var search = Search(costs: costs, covering: covering)
        let best = search.cheapest()
        return Problem(
            count: count, edgeDensity: density, edges: edges, costs: costs, covering: covering,
            referenceAnswer: best.spaced, goldAnswer: best.reduce(0) { $0 + costs[$1] })
    }

    /// Branch and bound over who covers the vertex that is hardest to cover.
    private struct Search {
        let costs, covering: [Int]
        var selected: [Int] = []
        var best: [Int] = []
        var bestCost = Int.max

        init(costs: [Int], covering: [Int]) {
            self.costs = costs
            self.covering = covering
        }

        mutating func cheapest() -> [Int] {
            search(covered: 0, allowed: 1 << costs.count - 1, cost: 0)
            return best.sorted()
        }

        private mutating func search(covered: Int, allowed: Int, cost: Int) {
            guard cost < bestCost else { return }
            let open = (0..<costs.count).filter { covered >> $0 & 1 == 0 }
            guard
                let hardest = open.min(by: {
                    (covering[$0] & allowed).nonzeroBitCount < (covering[$1] & allowed).nonzeroBitCount
                })
            else {
                (best, bestCost) = (selected, cost)
                return
            }
            // Covering is mutual: who covers a vertex is whom it covers. One tried is not tried again below the others.
            var allowed = allowed
            for vertex in costs.indices where (covering[hardest] & allowed) >> vertex & 1 == 1 {
                allowed &= ~(1 << vertex)
                selected.append(vertex)
                search(covered: covered | covering[vertex], allowed: allowed, cost: cost + costs[vertex])
                selected.removeLast()
            }
        }
    }

    func prompt(for problem: Problem) -> String {
        """
        A graph has the vertices 0 to \(problem.count - 1) and these undirected edges:
        \(problem.edges.edgeLines)
        Choosing vertex i costs C[i]:
        \(problem.costs.costLines)
        Choose vertices such that each vertex is chosen itself or joined to one that is, at the least total cost. \
        Answer with the vertices that you choose, on one line, separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 not all covered or a vertex twice, else (least ÷ its cost)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let vertices = answer.integers else { return -1 }
        guard areDistinct(vertices, below: problem.count) else { return -0.5 }
        var isCovered = [Bool](repeating: false, count: problem.count)
        var isSelected = isCovered
        var cost = 0
        for vertex in vertices {
            isSelected[vertex] = true
            isCovered[vertex] = true
            cost += problem.costs[vertex]
        }
        for edge in problem.edges {
            if isSelected[edge.first] { isCovered[edge.second] = true }
            if isSelected[edge.second] { isCovered[edge.first] = true }
        }
        guard isCovered.allSatisfy({ $0 }), cost > 0 else { return -0.5 }
        return share(problem.goldAnswer, of: cost, exponent: 5)
    }
}
