import WhetCore

/// Graphs at random, as RLVE-Gym draws them. Vertices are 0 ..< count.
extension RandomStream {
    /// The usual edge densities.
    static let tenths = (0..<10).map { Double(5 + 10 * $0) / 100 }

    /// Edge densities for covering problems.
    static let coverDensities = [
        0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9,
    ]

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

    /// Undirected edges between `count` vertices, at least one: as many as one of the densities makes, and the density.
    mutating func graph(_ count: Int, densities: [Double]) -> (density: Double, edges: [Pair]) {
        let density = edgeDensity(densities) { Int($0 * Double(count * (count - 1)) / 2) > 0 }
        return (density, edges(Int(density * Double(count) * Double(count - 1) / 2), vertices: count))
    }

    /// One of the densities that are `allowed`, each as likely as the others; the last if none is.
    mutating func edgeDensity(_ densities: [Double], where isAllowed: (Double) -> Bool) -> Double {
        let allowed = densities.filter(isAllowed)
        guard !allowed.isEmpty else { return densities[densities.count - 1] }
        return element(of: allowed)
    }

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
