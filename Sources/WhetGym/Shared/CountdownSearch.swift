/// The numbers at `left` and `right` of the list became their combination, which went to the end of it.
private struct CountdownStep {
    let left, right: Int
    let operation: Character
}

extension [CountdownStep] {
    /// The steps on `numbers`, written out.
    fileprivate func expression(of numbers: [Int]) -> String? {
        var parts = numbers.map(String.init)
        for step in self {
            let combined = "(\(parts[step.left]) \(step.operation) \(parts[step.right]))"
            parts.remove(at: Swift.max(step.left, step.right))
            parts.remove(at: Swift.min(step.left, step.right))
            parts.append(combined)
        }
        return parts.first
    }
}

/// Whether whole numbers can be combined to a target without fractions or negative numbers on the way, and how.
///
/// Depth first; a multiset of numbers that led nowhere is not looked at again.
struct WholeCountdownSearch {
    private let target: Int
    private var steps: [CountdownStep] = []
    private var failed: Set<[Int]> = []

    init(target: Int) { self.target = target }

    mutating func finds(_ numbers: [Int]) -> Bool {
        guard numbers.count > 1 else { return numbers.first == target }
        if numbers.count == 2 { return finds(pair: numbers) }
        guard failed.insert(numbers.sorted()).inserted else { return false }
        for i in 0..<numbers.count {
            for j in 0..<numbers.count where i != j {
                var rest: [Int] = []
                rest.reserveCapacity(numbers.count)
                for k in 0..<numbers.count where k != i && k != j { rest.append(numbers[k]) }
                for (operation, value) in Self.combinations(numbers[i], numbers[j], isOrdered: i < j) {
                    steps.append(CountdownStep(left: i, right: j, operation: operation))
                    if finds(rest + [value]) { return true }
                    steps.removeLast()
                }
            }
        }
        return false
    }

    /// The last step without lists: most of the search is spent here.
    private mutating func finds(pair numbers: [Int]) -> Bool {
        for (i, j) in [(0, 1), (1, 0)] {
            let combinations = Self.combinations(numbers[i], numbers[j], isOrdered: i < j)
            for (operation, value) in combinations where value == target {
                steps.append(CountdownStep(left: i, right: j, operation: operation))
                return true
            }
        }
        return false
    }

    /// - Parameter isOrdered: false for the second of two orders, where + and × would only repeat the first.
    private static func combinations(_ a: Int, _ b: Int, isOrdered: Bool) -> [(Character, Int)] {
        var results: [(Character, Int)] = []
        if isOrdered {
            let (sum, sumOverflow) = a.addingReportingOverflow(b)
            if !sumOverflow { results.append(("+", sum)) }
        }
        if a >= b { results.append(("-", a - b)) }
        if isOrdered {
            let (product, productOverflow) = a.multipliedReportingOverflow(by: b)
            if !productOverflow { results.append(("*", product)) }
        }
        if a >= 0, b > 0, a % b == 0 { results.append(("/", a / b)) }
        return results
    }

    /// The steps found, written out.
    func expression(of numbers: [Int]) -> String? { steps.expression(of: numbers) }
}

/// The combination of numbers that comes nearest to a target, fractions and negative numbers allowed on the way.
///
/// Goes through all of them, depth first, unless it hits the target on the way.
struct NearestCountdownSearch {
    private let target: Double
    private var steps: [CountdownStep] = []
    private var seen: Set<[Int]> = []
    private var best: (distance: Double, value: Double, steps: [CountdownStep])?

    init(target: Double) { self.target = target }

    /// The value nearest to the target.
    mutating func nearest(_ numbers: [Int]) -> Double? {
        search(numbers.map(Double.init))
        return best?.value
    }

    private mutating func search(_ numbers: [Double]) {
        guard numbers.count > 1 else { return consider(numbers[0]) }
        // Equal to five decimals is equal, as in RLVE-Gym; what is too large for that is never near.
        let key = numbers.map { abs($0) < 1e12 ? Int(($0 * 1e5).rounded()) : $0 < 0 ? .min : .max }.sorted()
        if numbers.count > 2, !seen.insert(key).inserted { return }
        for i in 0..<numbers.count {
            for j in 0..<numbers.count where i != j {
                var next: [Double] = []
                next.reserveCapacity(numbers.count)
                for k in 0..<numbers.count where k != i && k != j { next.append(numbers[k]) }
                next.append(0)
                func attempt(_ operation: Character, _ value: Double) {
                    next[next.count - 1] = value
                    steps.append(CountdownStep(left: i, right: j, operation: operation))
                    if next.count == 1 { consider(value) } else { search(next) }
                    steps.removeLast()
                }
                if i < j { attempt("+", numbers[i] + numbers[j]) }
                attempt("-", numbers[i] - numbers[j])
                if i < j { attempt("*", numbers[i] * numbers[j]) }
                if numbers[j] != 0 { attempt("/", numbers[i] / numbers[j]) }
                if best?.distance == 0 { return }
            }
        }
    }

    private mutating func consider(_ value: Double) {
        let distance = abs(value - target)
        if distance < best?.distance ?? .infinity { best = (distance, value, steps) }
    }

    /// The best steps, written out.
    func expression(of numbers: [Int]) -> String? { best?.steps.expression(of: numbers) }
}
