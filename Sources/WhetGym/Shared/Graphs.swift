/// Graphs as environments look things up in them.
///
/// Keeps: vertices are 0 ..< count; edges with vertices out of range are left out.

/// Who is joined to whom, and at what weight: flat, for looking up many edges.
struct WeightMatrix {
    private let count: Int
    private var weights: [Int]
    /// Stands for "no edge"; no problem has such a weight.
    private static let absent = Int.min

    /// The last of several edges between the same vertices counts.
    init(count: Int, edges: [WeightedEdge], isDirected: Bool) {
        self.count = count
        weights = [Int](repeating: Self.absent, count: count * count)
        for edge in edges where 0..<count ~= edge.source && 0..<count ~= edge.target {
            weights[edge.source * count + edge.target] = edge.weight
            if !isDirected { weights[edge.target * count + edge.source] = edge.weight }
        }
    }

    /// nil if they are not joined. Both have to be in range.
    subscript(source: Int, target: Int) -> Int? {
        let weight = weights[source * count + target]
        return weight == Self.absent ? nil : weight
    }

    /// The total weight of a path of vertices in range; nil if it leaves the edges.
    func weight(of path: [Int]) -> Int? {
        var total = 0
        for index in path.indices.dropFirst() {
            guard let weight = self[path[index - 1], path[index]] else { return nil }
            total += weight
        }
        return total
    }
}

/// Who is joined to whom, undirected.
struct AdjacencyMatrix {
    let count: Int
    private var joined: [Bool]

    init(count: Int, edges: [Pair]) {
        self.count = count
        joined = [Bool](repeating: false, count: count * count)
        for edge in edges where 0..<count ~= edge.first && 0..<count ~= edge.second {
            joined[edge.first * count + edge.second] = true
            joined[edge.second * count + edge.first] = true
        }
    }

    subscript(first: Int, second: Int) -> Bool { joined[first * count + second] }
}

/// Which vertices hang together so far (union and find).
struct DisjointSets {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    private mutating func root(of vertex: Int) -> Int {
        var vertex = vertex
        while parents[vertex] != vertex {
            parents[vertex] = parents[parents[vertex]]
            vertex = parents[vertex]
        }
        return vertex
    }

    /// - Returns: false if they hung together already.
    mutating func join(_ first: Int, _ second: Int) -> Bool {
        let (a, b) = (root(of: first), root(of: second))
        parents[a] = b
        return a != b
    }
}

extension Collection<WeightedEdge> {
    /// The edges that leave each of so many vertices.
    func outgoing(vertices count: Int) -> [[WeightedEdge]] {
        var outgoing = [[WeightedEdge]](repeating: [], count: count)
        for edge in self { outgoing[edge.source].append(edge) }
        return outgoing
    }
}

/// The way to `last`, first to last, where `previous` says what came before each, −1 where nothing did.
func chain(to last: Int, _ previous: [Int]) -> [Int] {
    var chain: [Int] = []
    var place = last
    while place >= 0 {
        chain.append(place)
        place = previous[place]
    }
    return chain.reversed()
}

extension Collection<Pair> {
    /// `(0, 1)` a line.
    var edgeLines: String { map { "(\($0.first), \($0.second))" }.joined(separator: "\n") }
}

extension Collection<WeightedEdge> {
    /// `(0, 1, 5)` a line.
    var edgeLines: String { map { "(\($0.source), \($0.target), \($0.weight))" }.joined(separator: "\n") }
}

extension Collection<Int> {
    /// `C[0]=5` a line.
    var costLines: String { enumerated().map { "C[\($0.offset)]=\($0.element)" }.joined(separator: "\n") }
}
