import WhetCore
import WhetEnvironments

/// The lightest path from the first vertex of a directed graph to the last.
struct ShortestPath: ProceduralEnvironment {
    static let name = "ShortestPath"
    static let summary = "The lightest path from the first vertex of a directed graph to the last"
    static let maximumLevel = 30

    struct Problem: Codable, Sendable {
        let count: Int
        let edgeDensity: Double
        let edges: [Edge]
        let referenceWeight: Int
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case edgeDensity = "edge_density"
            case edges
            case referenceWeight = "reference_answer_weight"
            case referenceAnswer = "reference_answer"
        }
    }

    typealias Edge = WeightedEdge

    init() {}

    /// Four vertices at level 0, each level a tenth more, and one. A path over all vertices is light; other edges are
    /// heavy, and no path has only one or two of them.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = grown(from: 4, level: level, factor: 1.1, plus: 1)
        let last = count - 1
        let density = random.element(of: [0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3])
        let path = [0] + (1..<last).shuffled(using: &random) + [last]
        var edges = zip(path, path.dropFirst()).map { WeightedEdge($0, $1, random.integer(1...max(1, count / 3))) }
        let extra = Int(density * Double(count) * Double(count - 1)) - edges.count
        // A direct edge counts as taken.
        let direct = WeightedEdge(0, last, 0)
        let heaviness = max(1, count / 2)
        edges += random.otherEdges(extra, than: edges + [direct], vertices: count, maximumWeight: count - heaviness + 1)
            .map { WeightedEdge($0.source, $0.target, $0.weight + heaviness - 1) }
        edges.shuffle(using: &random)
        Self.removeShortcuts(&edges, keeping: path[count - 2], last: last)
        let (weight, best) = Self.lightestPath(count, edges)
        return Problem(
            count: count, edgeDensity: density, edges: edges, referenceWeight: weight, referenceAnswer: best.spaced)
    }

    /// Takes an edge out of every path of two edges: the second, but the first where the second is of the light path.
    private static func removeShortcuts(_ edges: inout [WeightedEdge], keeping penultimate: Int, last: Int) {
        let first = Set(edges.filter { $0.source == 0 }.map(\.target))
        let second = Set(edges.filter { $0.target == last }.map(\.source))
        let between = first.intersection(second)
        edges.removeAll { edge in
            if edge.source == 0 { return edge.target == penultimate && between.contains(edge.target) }
            return edge.target == last && edge.source != penultimate && between.contains(edge.source)
        }
    }

    /// Dijkstra's, without a queue: the graphs are small.
    private static func lightestPath(_ count: Int, _ edges: [WeightedEdge]) -> (weight: Int, path: [Int]) {
        let outgoing = edges.outgoing(vertices: count)
        var distances = [Int](repeating: .max, count: count)
        var previous = [Int](repeating: -1, count: count)
        var isDone = [Bool](repeating: false, count: count)
        distances[0] = 0
        while let vertex = (0..<count).filter({ !isDone[$0] && distances[$0] < .max }).min(by: {
            distances[$0] < distances[$1]
        }) {
            isDone[vertex] = true
            for edge in outgoing[vertex] where distances[vertex] + edge.weight < distances[edge.target] {
                distances[edge.target] = distances[vertex] + edge.weight
                previous[edge.target] = vertex
            }
        }
        return (distances[count - 1], chain(to: count - 1, previous))
    }

    func prompt(for problem: Problem) -> String {
        """
        A directed graph has the vertices 0 to \(problem.count - 1) and these edges, (from, to, weight):
        \(problem.edges.edgeLines)
        Find a path along edges from vertex 0 to vertex \(problem.count - 1) with as small a total weight as possible. \
        Answer with its vertices in order, on one line, separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 no such path, else (least ÷ its weight)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let path = answer.integers, !path.isEmpty else { return -1 }
        guard path.allSatisfy({ 0..<problem.count ~= $0 }), path.first == 0, path.last == problem.count - 1,
            let weight = WeightMatrix(count: problem.count, edges: problem.edges, isDirected: true).weight(of: path)
        else { return -0.5 }
        return weight > 0 ? share(problem.referenceWeight, of: weight, exponent: 5) : -1
    }
}
