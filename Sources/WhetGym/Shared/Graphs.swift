import WhetCore

/// What environments on graphs share. Vertices are 0 ..< count.

/// Who is joined to whom, and at what weight: flat, for looking up many edges.
struct WeightMatrix {
    private let count: Int
    private var weights: [Int]
    /// Stands for "no edge"; no problem has such a weight.
    private static let absent = Int.min

    /// The last of several edges between the same vertices counts. Edges with vertices out of range are left out.
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

/// Each number 0 ..< count exactly once?
func isPermutation(_ numbers: [Int], of count: Int) -> Bool {
    numbers.count == count && areDistinct(numbers, below: count)
}

/// Numbers of 0 ..< bound, none twice?
func areDistinct(_ numbers: some Collection<Int>, below bound: Int) -> Bool {
    if bound <= 64 {
        var seen: UInt64 = 0
        for number in numbers {
            guard number >= 0, number < bound, seen >> UInt64(number) & 1 == 0 else { return false }
            seen |= 1 << UInt64(number)
        }
        return true
    }
    var seen = [Bool](repeating: false, count: bound)
    for number in numbers {
        guard number >= 0, number < bound, !seen[number] else { return false }
        seen[number] = true
    }
    return true
}

extension RandomStream {
    /// `size` different undirected edges (smaller vertex first) of the complete graph, in random order.
    mutating func edges(_ size: Int, vertices count: Int) -> [Pair] {
        sample(size, of: count * (count - 1) / 2).map { index in
            // The pairs (u, v) with u < v in the order of v: v (v − 1) / 2 of them come before those of v.
            var v = Int((1 + (1 + 8 * Double(index)).squareRoot()) / 2)
            while v * (v - 1) / 2 > index { v -= 1 }
            while v * (v + 1) / 2 <= index { v += 1 }
            return Pair(index - v * (v - 1) / 2, v)
        }
    }
}

extension Collection<Pair> {
    /// `(0, 1)` a line.
    var edgeLines: String { map { "(\($0.first), \($0.second))" }.joined(separator: "\n") }
}

extension Collection<WeightedEdge> {
    /// `(0, 1, 5)` a line.
    var edgeLines: String { map { "(\($0.source), \($0.target), \($0.weight))" }.joined(separator: "\n") }
}

extension RandomStream {
    /// RLVE-Gym's usual list of edge densities.
    static let tenths = (0..<10).map { Double(5 + 10 * $0) / 100 }

    /// Undirected edges between `count` vertices, at least one: as many as one of the densities makes, and the density.
    mutating func graph(_ count: Int, densities: [Double]) -> (density: Double, edges: [Pair]) {
        let density = edgeDensity(densities) { Int($0 * Double(count * (count - 1)) / 2) > 0 }
        return (density, edges(Int(density * Double(count) * Double(count - 1) / 2), vertices: count))
    }

    /// One of the densities that are `allowed`, each as likely as the others; the last if none is.
    mutating func edgeDensity(_ densities: [Double], where isAllowed: (Double) -> Bool) -> Double {
        let allowed = densities.filter(isAllowed)
        guard !allowed.isEmpty else { return densities[densities.count - 1] }
        return allowed[integer(0...allowed.count - 1)]
    }
}

extension WeightMatrix {
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

extension RandomStream {
    /// Up to `size` directed edges that are not among `edges`, none of them twice, with weights from 1.
    mutating func otherEdges(
        _ size: Int, than edges: [WeightedEdge], vertices count: Int, maximumWeight: Int
    ) -> [WeightedEdge] {
        guard size > 0 else { return [] }
        var isTaken = [Bool](repeating: false, count: count * count)
        for edge in edges { isTaken[edge.source * count + edge.target] = true }
        let free = (0..<count * count).filter { $0 / count != $0 % count && !isTaken[$0] }
        return sample(min(size, free.count), of: free.count).map { index in
            WeightedEdge(free[index] / count, free[index] % count, integer(1...maximumWeight))
        }
    }
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

extension RandomStream {
    /// RLVE-Gym's densities for covering problems.
    static let coverDensities = [
        0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9,
    ]
}

extension Collection<Int> {
    /// `C[0]=5` a line.
    var costLines: String { enumerated().map { "C[\($0.offset)]=\($0.element)" }.joined(separator: "\n") }
}
