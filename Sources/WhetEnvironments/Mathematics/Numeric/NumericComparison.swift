import WhetCore

/// Whether two trees have the same values: at one place if they are constant, at several seeded ones otherwise.
///
/// Keeps: the points depend on nothing but the names of the variables, so the same pair gets the same verdict.
enum NumericComparison {
    private static let points = 24
    private static let needed = 3
    private static let tolerance = 1e-10

    /// - Returns: nil if they have no values to compare.
    static func areEqual(_ left: MathNode, _ right: MathNode, _ budget: WorkBudget) throws(MathFailure) -> Bool? {
        let names = left.symbols.union(right.symbols).sorted()
        let cost = (left.size + right.size) * 4
        guard !names.isEmpty else {
            try budget.spend(cost)
            let evaluator = NumericEvaluator()
            guard let a = evaluator.value(of: left), let b = evaluator.value(of: right) else { return nil }
            // Beyond the largest Double is not yet infinity.
            if !a.isFinite || !b.isFinite {
                guard left.contains(where: { $0 == .infinity }), right.contains(where: { $0 == .infinity }) else {
                    return nil
                }
            }
            return agree(a, b)
        }
        let isComplex = left.mentionsComplexNumbers || right.mentionsComplexNumbers
        var random = RandomStream(seed: 7, purpose: "mathematical equivalence", names.count)
        var agreements = 0
        var onlyOne = 0
        for index in 0..<points where agreements < 8 {
            try budget.spend(cost)
            var evaluator = NumericEvaluator()
            for name in names {
                // Positive points first: logarithms and roots live there.
                let size = 0.2 + 2.6 * random.unit()
                let isNegative = index >= 4 && random.unit() < 0.6
                let imaginary = isComplex && index % 2 == 1 ? random.unit() * 2 - 1 : 0
                evaluator.values[name] = Complex(isNegative ? -size : size, imaginary)
            }
            let a = evaluator.value(of: left)
            let b = evaluator.value(of: right)
            if let a, let b, a.isFinite, b.isFinite {
                guard agree(a, b) else { return false }
                agreements += 1
            } else if a != nil || b != nil {
                onlyOne += 1
            }
        }
        return agreements >= needed && onlyOne <= agreements ? true : nil
    }

    static func agree(_ a: Complex, _ b: Complex) -> Bool {
        if a == b { return true }
        guard a.isFinite, b.isFinite else { return false }
        let size = max(a.magnitude, b.magnitude)
        return (a - b).magnitude <= tolerance * size || size < 1e-13
    }
}

extension MathNode {
    /// Whether i or a function of complex numbers is in it.
    fileprivate var mentionsComplexNumbers: Bool {
        contains { node in
            switch node {
            case .constant(.i), .function(.conjugate, _), .function(.realPart, _), .function(.imaginaryPart, _),
                .function(.arg, _):
                true
            default: false
            }
        }
    }
}
