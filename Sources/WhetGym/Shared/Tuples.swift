/// Tuples as RLVE-Gym's JSON has them: arrays of fixed length.

/// `[first, second]`: an edge, a pair of positions, a point.
struct Pair: Codable, Hashable, Sendable {
    let first, second: Int

    init(_ first: Int, _ second: Int) {
        self.first = first
        self.second = second
    }

    init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        first = try container.decode(Int.self)
        second = try container.decode(Int.self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(first)
        try container.encode(second)
    }

    /// The smaller number first.
    var ordered: Pair { first <= second ? self : Pair(second, first) }
}

/// `[source, target, weight]`.
struct WeightedEdge: Codable, Hashable, Sendable {
    let source, target, weight: Int

    init(_ source: Int, _ target: Int, _ weight: Int) {
        self.source = source
        self.target = target
        self.weight = weight
    }

    init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        source = try container.decode(Int.self)
        target = try container.decode(Int.self)
        weight = try container.decode(Int.self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(source)
        try container.encode(target)
        try container.encode(weight)
    }
}

/// `[variable, isPositive]`: x or not x.
struct Literal: Codable, Hashable, Sendable {
    let variable: Int
    let isPositive: Bool

    init(_ variable: Int, _ isPositive: Bool) {
        self.variable = variable
        self.isPositive = isPositive
    }

    init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        variable = try container.decode(Int.self)
        isPositive = try container.decode(Bool.self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(variable)
        try container.encode(isPositive)
    }
}
