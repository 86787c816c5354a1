import WhetCore
import WhetEnvironments

/// Combine all the numbers with + − × ÷ so that they come as near to the target as can be.
struct CountdownClose: ProceduralEnvironment {
    static let name = "CountdownClose"
    static let summary = "Combine all the numbers with + − × ÷ so that they come as near to the target as can be"

    static let maximumLevel = 9

    struct Problem: Codable, Sendable {
        let operandCount, maximumOperand, maximumTarget: Int
        let target: Int
        let operands: [Int]
        /// What the best expression gives, where there are few enough operands to tell.
        let referenceResult: Double?

        enum CodingKeys: String, CodingKey {
            case operandCount = "num_operands"
            case maximumOperand = "max_operand"
            case maximumTarget = "max_target"
            case target, operands
            case referenceResult = "reference_result"
        }
    }

    init() {}

    /// The best result is only looked for up to this many operands.
    private static let searchedOperands = 6

    func problem(level: Int, random: inout RandomStream) -> Problem {
        let settings = Countdown.settings(level: level, random: &random)
        let target = random.integer(0...settings.maximumTarget)
        let operands = (0..<settings.operandCount).map { _ in random.integer(1...settings.maximumOperand) }
        var search = NearestCountdownSearch(target: Double(target))
        let isSearched = settings.operandCount <= Self.searchedOperands
        return Problem(
            operandCount: settings.operandCount, maximumOperand: settings.maximumOperand,
            maximumTarget: settings.maximumTarget, target: target, operands: operands,
            referenceResult: isSearched ? search.nearest(operands) : nil)
    }

    func prompt(for problem: Problem) -> String {
        """
        Combine the numbers \(problem.operands.spaced) with +, -, *, / and brackets to an expression whose value is as \
        near to \(problem.target) as possible. Every number has to be used exactly once, and no others. Answer with \
        the expression alone.
        """
    }

    func demonstration(for problem: Problem) -> String? {
        guard problem.operandCount <= Self.searchedOperands else {
            var search = WholeCountdownSearch(target: problem.target)
            return search.finds(problem.operands) ? search.expression(of: problem.operands) : nil
        }
        var search = NearestCountdownSearch(target: Double(problem.target))
        _ = search.nearest(problem.operands)
        return search.expression(of: problem.operands)
    }

    /// −1 no expression, −0.5 other numbers than those given, else 1 ÷ (1 + distance).
    func score(_ answer: Answer, for problem: Problem) -> Double {
        switch Countdown.read(answer, operands: problem.operands) {
        case .unreadable: -1
        case .invalid: -0.5
        case .value(let value): 1 / (1 + abs(value - Double(problem.target)))
        }
    }

    func passingReward(for problem: Problem) -> Double {
        guard let result = problem.referenceResult, problem.operandCount <= Self.searchedOperands else { return 1 }
        return 1 / (1 + abs(result - Double(problem.target)))
    }
}
