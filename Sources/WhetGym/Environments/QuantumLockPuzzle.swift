import WhetCore
import WhetEnvironments

/// Press buttons that do one of two things in turn until a number is as wanted.
struct QuantumLockPuzzle: ProceduralEnvironment {
    static let name = "QuantumLockPuzzle"
    static let summary = "Press buttons that do one of two things in turn until a number is as wanted"

    struct Problem: Codable, Sendable {
        let count, steps: Int
        let start: Int
        /// For each button, what it does when X is 0 and when X is 1.
        let buttons: [[Rule]]
        let referenceAnswer: String
        let target: Int

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case steps
            case start = "Y_start"
            case buttons
            case referenceAnswer = "reference_answer"
            case target = "Y_target"
        }
    }

    /// `["+", 3]`.
    struct Rule: Codable, Sendable {
        let operation: String
        let value: Int

        init(_ operation: String, _ value: Int) {
            self.operation = operation
            self.value = value
        }

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            operation = try container.decode(String.self)
            value = try container.decode(Int.self)
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.unkeyedContainer()
            try container.encode(operation)
            try container.encode(value)
        }

        /// nil for a number too large for 64 bits.
        func applied(to number: Int) -> Int? {
            let (result, isTooLarge) =
                switch operation {
                case "+": number.addingReportingOverflow(value)
                case "-": number.subtractingReportingOverflow(value)
                default: number.multipliedReportingOverflow(by: value)
                }
            return isTooLarge ? nil : result
        }
    }

    init() {}

    /// Two buttons at level 0, one more a level; 2 to 11 steps tried, whatever the level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = 2 + level
        let steps = random.integer(2...10)
        let start = random.integer(-count...count)
        let buttons = (0..<count).map { _ in
            (0..<2).map { _ in
                // + and − twice as likely as ×.
                switch random.integer(0...4) {
                case 0...1: Rule("+", random.integer(1...count))
                case 2...3: Rule("-", random.integer(1...count))
                default: Rule("*", random.integer(2...3))
                }
            }
        }
        var seen: Set<Int> = [start]
        var pressed: [Int] = []
        var number = start
        var target = start
        var reference: [Int] = []
        for step in 0..<steps + random.integer(0...1) {
            let button = random.integer(0...count - 1)
            guard let next = buttons[button][step % 2].applied(to: number) else { break }
            pressed.append(button)
            number = next
            if seen.insert(number).inserted { (target, reference) = (number, pressed) }
        }
        return Problem(
            count: count, steps: steps, start: start, buttons: buttons, referenceAnswer: reference.spaced,
            target: target)
    }

    func prompt(for problem: Problem) -> String {
        func rules(_ state: Int) -> String {
            problem.buttons.enumerated().map {
                "button \($0.offset): Y = Y \($0.element[state].operation) \($0.element[state].value)"
            }
            .joined(separator: "\n")
        }
        return """
            A lock shows Y = \(problem.start), and hides X, which is 0 at first and changes from 0 to 1 or from 1 to 0 \
            whenever a button has been pressed. While X is 0, the buttons do this:
            \(rules(0))
            While X is 1, they do this:
            \(rules(1))
            The lock opens when Y is \(problem.target). Which buttons have to be pressed? Answer with their numbers in \
            order, on one line, separated by spaces; a button may be pressed more than once.
            """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 a button that there is not, 0 another number in the end, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let presses = answer.integers else { return -1 }
        // Once too large for 64 bits, no number of presses that fits an answer brings it back.
        var number: Int? = problem.start
        for (step, button) in presses.enumerated() {
            guard problem.buttons.indices ~= button else { return -0.5 }
            number = number.flatMap { problem.buttons[button][step % 2].applied(to: $0) }
        }
        return number == problem.target ? 1 : 0
    }
}
