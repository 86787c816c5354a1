/// How much work one comparison may still do, in steps of some ten nanoseconds.
///
/// Keeps: hostile input costs milliseconds, whatever it says; who runs out gives up, and the comparison says so.
final class WorkBudget {
    private(set) var remaining: Int

    /// Coefficients of more bits are not computed with.
    static let bitLimit = 4096
    static let standard = 200_000

    init(_ steps: Int = WorkBudget.standard) { remaining = steps }

    /// Does something with at most a share of what is left, so that something is left for another way.
    func share<Result>(
        _ steps: Int, _ work: (WorkBudget) throws(MathFailure) -> Result
    ) throws(MathFailure) -> Result {
        let part = WorkBudget(min(steps, remaining))
        let before = part.remaining
        defer { remaining -= before - max(0, part.remaining) }
        return try work(part)
    }

    func spend(_ steps: Int) throws(MathFailure) {
        remaining -= steps
        if remaining < 0 { throw .tooComplex }
    }

    /// Passes on a number that is not too large.
    func checked(_ value: Rational) throws(MathFailure) -> Rational {
        let width = value.bitWidth
        guard width <= Self.bitLimit else { throw .tooComplex }
        try spend(1 + width * width / 8192)
        return value
    }
}

/// Why an answer could not be read or computed with.
enum MathFailure: Error, Equatable {
    /// It is too large or too deep.
    case tooComplex
    /// It is no mathematics that we know; says what was in the way.
    case unreadable(String)
    /// It has no value: division by zero, infinity where a number is needed.
    case undefined

    /// For a person.
    var reason: String {
        switch self {
        case .tooComplex: "it is too long or too deep"
        case .unreadable(let what): what
        case .undefined: "it has no value"
        }
    }
}
