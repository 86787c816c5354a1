import WhetCore
import WhetEnvironments

/// The lightest walk that visits every vertex of a directed graph at least once.
struct HamiltonianPath: ProceduralEnvironment {
    static let name = "HamiltonianPath"
    static let summary = "The lightest walk that visits every vertex of a directed graph at least once"
    /// Sixteen vertices: the search looks at 2¹⁶ sets of them.
    static let maximumLevel = 13

    struct Problem: Codable, Sendable {
        let count: Int
        let edgeDensity: Double
        let edges: [Edge]
        let referenceAnswer: String
        let referenceWeight: Int

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case edgeDensity = "edge_density"
            case edges
            case referenceAnswer = "reference_answer"
            case referenceWeight = "reference_answer_weight"
        }
    }

    typealias Edge = WeightedEdge

    init() {}

    /// Three vertices at level 0, one more a level. A path through all of them is there for certain.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = 3 + level
        let density = random.edgeDensity(RandomStream.tenths) { Int($0 * Double(count * (count - 1))) >= count }
        let path = random.permutation(count)
        var edges = zip(path, path.dropFirst()).map { WeightedEdge($0, $1, random.integer(1...count)) }
        edges += random.otherEdges(
            Int(density * Double(count) * Double(count - 1)) - edges.count, than: edges, vertices: count,
            maximumWeight: max(1, count / 2))
        edges.shuffle(using: &random)
        let (weight, best) = Self.lightestWalk(count, edges)
        return Problem(
            count: count, edgeDensity: density, edges: edges, referenceAnswer: best.spaced, referenceWeight: weight)
    }

    /// Dijkstra's search over (vertices visited, vertex reached), with a bucket for each weight.
    private static func lightestWalk(_ count: Int, _ edges: [WeightedEdge]) -> (weight: Int, path: [Int]) {
        let outgoing = edges.outgoing(vertices: count)
        let all = 1 << count - 1
        var distance = [Int](repeating: .max, count: (all + 1) * count)
        var previous = [Int](repeating: -1, count: distance.count)
        var buckets: [[Int]] = [[]]
        for start in 0..<count {
            distance[(1 << start) * count + start] = 0
            buckets[0].append((1 << start) * count + start)
        }
        var weight = 0
        while weight < buckets.count {
            var position = 0
            while position < buckets[weight].count {
                let state = buckets[weight][position]
                position += 1
                guard distance[state] == weight else { continue }
                let (visited, vertex) = (state / count, state % count)
                if visited == all { return (weight, chain(to: state, previous).map { $0 % count }) }
                for edge in outgoing[vertex] {
                    let next = (visited | 1 << edge.target) * count + edge.target
                    let total = weight + edge.weight
                    guard total < distance[next] else { continue }
                    distance[next] = total
                    previous[next] = state
                    while buckets.count <= total { buckets.append([]) }
                    buckets[total].append(next)
                }
            }
            weight += 1
        }
        return (0, [])
    }

    func prompt(for problem: Problem) -> String {
        """
        A directed graph has the vertices 0 to \(problem.count - 1) and these edges, (from, to, weight):
        \(problem.edges.edgeLines)
        Find a walk along edges that comes to every vertex at least once (it may come back to some) with the least \
        total weight. Answer with its vertices in order, on one line, separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 no walk through all vertices, else (least ÷ its weight)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let path = answer.integers else { return -1 }
        var isVisited = [Bool](repeating: false, count: problem.count)
        for vertex in path {
            guard isVisited.indices ~= vertex else { return -0.5 }
            isVisited[vertex] = true
        }
        guard isVisited.allSatisfy({ $0 }),
            let weight = WeightMatrix(count: problem.count, edges: problem.edges, isDirected: true).weight(of: path)
        else { return -0.5 }
        guard weight > 0 else { return -1 }
        return share(problem.referenceWeight, of: weight, exponent: 5)
    }
}
