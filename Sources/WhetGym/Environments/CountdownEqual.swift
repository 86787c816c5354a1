import WhetCore
import WhetEnvironments

/// Combine all the numbers with + − × ÷ so that they make the target.
struct CountdownEqual: ProceduralEnvironment {
    static let name = "CountdownEqual"
    static let summary = "Combine all the numbers with + − × ÷ so that they make the target"

    /// Twelve operands; more make no harder problems, only longer ones.
    static let maximumLevel = 9

    struct Problem: Codable, Sendable {
        let operandCount, maximumOperand, maximumTarget: Int
        let target: Int
        let operands: [Int]

        enum CodingKeys: String, CodingKey {
            case operandCount = "num_operands"
            case maximumOperand = "max_operand"
            case maximumTarget = "max_target"
            case target, operands
        }
    }

    init() {}

    /// Drawn until one is found that can be solved with whole numbers from 0 up on the way.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let settings = Countdown.settings(level: level, random: &random)
        while true {
            let target = random.integer(0...settings.maximumTarget)
            let operands = (0..<settings.operandCount).map { _ in random.integer(1...settings.maximumOperand) }
            var search = WholeCountdownSearch(target: target)
            if search.finds(operands) {
                return Problem(
                    operandCount: settings.operandCount, maximumOperand: settings.maximumOperand,
                    maximumTarget: settings.maximumTarget, target: target, operands: operands)
            }
        }
    }

    func prompt(for problem: Problem) -> String {
        """
        Make \(problem.target) out of the numbers \(problem.operands.spaced), with +, -, *, / and brackets.
        Every number has to be used exactly once, and no others. Answer with the expression alone.
        """
    }

    func demonstration(for problem: Problem) -> String? {
        var search = WholeCountdownSearch(target: problem.target)
        return search.finds(problem.operands) ? search.expression(of: problem.operands) : nil
    }

    /// −1 no expression, −0.5 other numbers than those given, 0 wrong, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        switch Countdown.read(answer, operands: problem.operands) {
        case .unreadable: -1
        case .invalid: -0.5
        case .value(let value): abs(value - Double(problem.target)) < 1e-5 ? 1 : 0
        }
    }
}
