/// Sums, products, powers, transposes and determinants of matrices, so that ½·(2, 4)ᵀ is (1, 2)ᵀ.
enum MatrixAlgebra {
    /// The tree with its matrix operations done where the shapes allow it.
    static func reduced(_ node: MathNode, _ budget: WorkBudget) throws(MathFailure) -> MathNode {
        guard node.contains(where: { if case .matrix = $0 { true } else { false } }) else { return node }
        let node = try node.mapChildren { child throws(MathFailure) in try reduced(child, budget) }
        switch node {
        case .product(let parts):
            var result: MathNode?
            for part in parts {
                try budget.spend(part.size)
                result = try result.map { left throws(MathFailure) in try product(left, part, budget) } ?? part
            }
            return result ?? .one
        case .sum(let parts):
            let matrices = parts.compactMap(\.rows)
            guard matrices.count == parts.count, let first = matrices.first,
                matrices.allSatisfy({ $0.count == first.count && $0[0].count == first[0].count })
            else { return node }
            return .matrix(
                first.indices.map { row in
                    first[row].indices.map { column in .sum(matrices.map { $0[row][column] }) }
                })
        case .function(.transpose, let parts):
            guard let rows = parts.first?.rows else { return node }
            return .matrix(rows[0].indices.map { column in rows.map { $0[column] } })
        case .function(.determinant, let parts):
            guard let rows = parts.first?.rows, rows.count == rows[0].count, rows.count <= 5 else { return node }
            return try determinant(rows, budget)
        case .power(let base, .number(let exponent, _)):
            guard let rows = base.rows, rows.count == rows[0].count, let count = exponent.int, count != 0,
                abs(count) <= 8, rows.count <= 4
            else { return node }
            var result = count < 0 ? try inverse(rows, budget) : base
            let factor = result
            for _ in 1..<max(1, abs(count)) {
                guard result.size < 5000 else { throw .tooComplex }
                result = try product(result, factor, budget)
            }
            return result
        default: return node
        }
    }

    private static func product(_ left: MathNode, _ right: MathNode, _ budget: WorkBudget) throws(MathFailure)
        -> MathNode
    {
        switch (left.rows, right.rows) {
        case (nil, nil): return .product([left, right])
        case (let rows?, nil): return .matrix(rows.map { $0.map { .product([$0, right]) } })
        case (nil, let rows?): return .matrix(rows.map { $0.map { .product([left, $0]) } })
        case (let a?, let b?):
            guard a[0].count == b.count else { throw .undefined }
            try budget.spend(a.count * b.count * b[0].count * 4)
            return .matrix(
                a.map { row in
                    b[0].indices.map { column in .sum(row.indices.map { .product([row[$0], b[$0][column]]) }) }
                })
        }
    }

    private static func determinant(_ rows: [[MathNode]], _ budget: WorkBudget) throws(MathFailure) -> MathNode {
        if rows.count == 1 { return rows[0][0] }
        var terms: [MathNode] = []
        for column in rows.indices {
            try budget.spend(10)
            let minor = rows.dropFirst().map { row in row.indices.filter { $0 != column }.map { row[$0] } }
            let term = MathNode.product([rows[0][column], try determinant(minor, budget)])
            terms.append(column % 2 == 0 ? term : term.negated)
        }
        return .sum(terms)
    }

    private static func inverse(_ rows: [[MathNode]], _ budget: WorkBudget) throws(MathFailure) -> MathNode {
        let whole = try determinant(rows, budget)
        if rows.count == 1 { return .matrix([[.power(whole, .integer(-1))]]) }
        var result: [[MathNode]] = []
        for row in rows.indices {
            var entries: [MathNode] = []
            for column in rows.indices {
                let minor = rows.indices.filter { $0 != column }.map { r in
                    rows.indices.filter { $0 != row }.map { rows[r][$0] }
                }
                let cofactor = try determinant(minor, budget)
                entries.append(.quotient((row + column) % 2 == 0 ? cofactor : cofactor.negated, whole))
            }
            result.append(entries)
        }
        return .matrix(result)
    }
}

extension MathNode {
    fileprivate var rows: [[MathNode]]? {
        if case .matrix(let rows) = self { rows } else { nil }
    }
}
