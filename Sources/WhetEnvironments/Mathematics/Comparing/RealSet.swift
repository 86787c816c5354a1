/// A set of real numbers as intervals in order.
///
/// Keeps: the pieces are ascending, not empty, and no two of them touch; so equal sets have equal pieces.
struct RealSet {
    struct End {
        let value: Double
        let node: MathNode
    }

    struct Piece {
        var low: End
        var high: End
        var isLowClosed: Bool
        var isHighClosed: Bool
    }

    private(set) var pieces: [Piece]

    static let infinity = End(value: .infinity, node: .infinity)
    static let negativeInfinity = End(value: -.infinity, node: MathNode.infinity.negated)
    static let all = RealSet(low: negativeInfinity, high: infinity, isLowClosed: false, isHighClosed: false)

    init(low: End, high: End, isLowClosed: Bool, isHighClosed: Bool) {
        self.init([
            Piece(
                low: low, high: high, isLowClosed: isLowClosed && low.value.isFinite,
                isHighClosed: isHighClosed && high.value.isFinite)
        ])
    }

    init(points: [End]) {
        self.init(points.map { Piece(low: $0, high: $0, isLowClosed: true, isHighClosed: true) })
    }

    /// Of pieces in any order that may overlap.
    init(_ pieces: [Piece]) {
        var merged: [Piece] = []
        let sorted =
            pieces
            .filter {
                $0.low.value < $0.high.value || ($0.low.value == $0.high.value && $0.isLowClosed && $0.isHighClosed)
            }
            .sorted { ($0.low.value, $0.isLowClosed ? 0 : 1) < ($1.low.value, $1.isLowClosed ? 0 : 1) }
        for piece in sorted {
            guard let last = merged.last,
                piece.low.value < last.high.value
                    || (piece.low.value == last.high.value && (piece.isLowClosed || last.isHighClosed))
            else {
                merged.append(piece)
                continue
            }
            if piece.high.value > last.high.value {
                merged[merged.count - 1].high = piece.high
                merged[merged.count - 1].isHighClosed = piece.isHighClosed
            } else if piece.high.value == last.high.value, piece.isHighClosed {
                merged[merged.count - 1].isHighClosed = true
            }
        }
        self.pieces = merged
    }

    func union(_ other: RealSet) -> RealSet { RealSet(pieces + other.pieces) }

    var complement: RealSet {
        var result: [Piece] = []
        var low = Self.negativeInfinity
        var isLowClosed = false
        for piece in pieces {
            result.append(
                Piece(
                    low: low, high: piece.low, isLowClosed: isLowClosed,
                    isHighClosed: !piece.isLowClosed && piece.low.value.isFinite))
            low = piece.high
            isLowClosed = !piece.isHighClosed && piece.high.value.isFinite
        }
        if low.value < .infinity {
            result.append(Piece(low: low, high: Self.infinity, isLowClosed: isLowClosed, isHighClosed: false))
        }
        return RealSet(result)
    }

    func intersection(_ other: RealSet) -> RealSet { complement.union(other.complement).complement }
    func subtracting(_ other: RealSet) -> RealSet { intersection(other.complement) }

    /// Whether the pieces agree, their ends compared as expressions.
    func isEqual(to other: RealSet, _ expressions: ExpressionComparison) throws(MathFailure) -> Bool {
        guard pieces.count == other.pieces.count else { return false }
        for (a, b) in zip(pieces, other.pieces) {
            guard a.isLowClosed == b.isLowClosed, a.isHighClosed == b.isHighClosed else { return false }
            guard try expressions.areEqual(a.low.node, b.low.node), try expressions.areEqual(a.high.node, b.high.node)
            else { return false }
        }
        return true
    }
}

extension RealSet {
    /// Reads a tree as a set of real numbers; nil if it is none, or its ends are no constants.
    init?(_ node: MathNode) {
        func end(_ node: MathNode) -> End? {
            guard node.symbols.isEmpty, let value = NumericEvaluator().value(of: node), value.isReal else { return nil }
            return End(value: value.real, node: node)
        }
        func all(_ parts: [MathNode]) -> [RealSet]? {
            let sets = parts.compactMap { RealSet($0) }
            return sets.count == parts.count ? sets : nil
        }
        switch node {
        case .symbol("reals"): self = .all
        case .interval(let low, let high, let isLowClosed, let isHighClosed):
            guard let low = end(low), let high = end(high) else { return nil }
            self.init(low: low, high: high, isLowClosed: isLowClosed, isHighClosed: isHighClosed)
        case .tuple(let parts) where parts.count == 2:
            guard let low = end(parts[0]), let high = end(parts[1]), low.value < high.value else { return nil }
            self.init(low: low, high: high, isLowClosed: false, isHighClosed: false)
        case .set(let parts):
            let ends = parts.compactMap { end($0) }
            guard ends.count == parts.count else { return nil }
            self.init(points: ends)
        case .union(let parts):
            guard let sets = all(parts) else { return nil }
            self = sets.reduce(RealSet([])) { $0.union($1) }
        case .intersection(let parts):
            guard let sets = all(parts) else { return nil }
            self = sets.reduce(.all) { $0.intersection($1) }
        case .difference(let left, let right):
            guard let left = RealSet(left), let right = RealSet(right) else { return nil }
            self = left.subtracting(right)
        case .relation(let operands, let operators):
            guard let set = RealSet(operands, operators) else { return nil }
            self = set
        default: return nil
        }
    }

    /// The solutions of a chain of linear relations in one variable.
    private init?(_ operands: [MathNode], _ operators: [MathRelation]) {
        let names = operands.reduce(into: Set<String>()) { $0.formUnion($1.symbols) }
        if operators == [.member], case .symbol = operands[0] {
            guard let set = RealSet(operands[1]) else { return nil }
            self = set
            return
        }
        guard names.count == 1, let name = names.first, operators.allSatisfy({ $0.isInequality || $0 == .unequal })
        else {
            return nil
        }
        var result = RealSet.all
        for (index, relation) in operators.enumerated() {
            guard let bound = LinearBound(operands[index], operands[index + 1], in: name) else { return nil }
            let direction = bound.isFlipped ? relation.flipped : relation
            let end = End(value: bound.value, node: bound.node)
            let step: RealSet
            switch direction {
            case .less, .lessOrEqual:
                step = RealSet(
                    low: Self.negativeInfinity, high: end, isLowClosed: false, isHighClosed: direction == .lessOrEqual)
            case .greater, .greaterOrEqual:
                step = RealSet(
                    low: end, high: Self.infinity, isLowClosed: direction == .greaterOrEqual, isHighClosed: false)
            default: step = RealSet(points: [end]).complement
            }
            result = result.intersection(step)
        }
        self = result
    }
}

/// Where the two sides of a linear relation meet.
private struct LinearBound {
    let value: Double
    let node: MathNode
    /// Whether solving for the variable turns the relation round.
    let isFlipped: Bool

    init?(_ left: MathNode, _ right: MathNode, in name: String) {
        func constant(_ node: MathNode) -> Double? {
            guard node.symbols.isEmpty, let value = NumericEvaluator().value(of: node), value.isReal else { return nil }
            return value.real
        }
        if left == .symbol(name), let value = constant(right) {
            (self.value, node, isFlipped) = (value, right, false)
            return
        }
        if right == .symbol(name), let value = constant(left) {
            (self.value, node, isFlipped) = (value, left, true)
            return
        }
        let difference = MathNode.difference(of: left, minus: right)
        func at(_ point: Int) -> MathNode { difference.replacing(symbol: name, with: .integer(point)) }
        guard let b = constant(at(0)), let one = constant(at(1)), let far = constant(at(7)), b.isFinite, one.isFinite,
            abs(one - b) > 1e-9, abs(b + 7 * (one - b) - far) <= 1e-9 * max(1, abs(far))
        else { return nil }
        value = -b / (one - b)
        node = .quotient(at(0).negated, .difference(of: at(1), minus: at(0)))
        isFlipped = one - b < 0
    }
}
