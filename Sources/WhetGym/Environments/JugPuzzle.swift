import WhetCore
import WhetEnvironments

/// Measure out a quantity of water with jugs that have no marks.
struct JugPuzzle: ProceduralEnvironment {
    static let name = "JugPuzzle"
    static let summary = "Measure out a quantity of water with jugs that have no marks"

    struct Problem: Codable, Sendable {
        let count, steps: Int
        let capacities: [Int]
        let referenceAnswer: String
        let target: Int

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case steps
            case capacities = "jug_capacities"
            case referenceAnswer = "reference_answer"
            // RLVE-Gym's spelling.
            case target = "target_volumn"
        }
    }

    private enum Action {
        case fill(Int), empty(Int), pour(Int, Int)

        var text: String {
            switch self {
            case .fill(let jug): "Fill \(jug)"
            case .empty(let jug): "Empty \(jug)"
            case .pour(let source, let target): "Pour \(source) \(target)"
            }
        }
    }

    init() {}

    /// Three jugs at level 0, one more a level; the steps tried drawn from 3 to 50, whatever the level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = 3 + level
        let steps = random.element(of: [3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 35, 40, 45, 50])
        let capacities = (0..<count).map { _ in random.integer(2...10 * count) }
        // Capacities and their differences are too easy to measure.
        var isKnown = [Bool](repeating: false, count: 10 * count + 1)
        for capacity in capacities {
            isKnown[capacity] = true
            for other in capacities where capacity > other { isKnown[capacity - other] = true }
        }
        let first = random.integer(0...count - 1)
        var reference = [Action.fill(first)]
        var target = capacities[first]
        var volumes = [Int](repeating: 0, count: count)
        var actions: [Action] = []
        while actions.count < steps {
            guard let action = Self.randomAction(volumes, capacities, &random) else { continue }
            Self.apply(action, &volumes, capacities)
            actions.append(action)
            let new = volumes.filter { $0 > 0 && !isKnown[$0] }
            guard !new.isEmpty else { continue }
            target = random.element(of: new)
            reference = actions
            for volume in new { isKnown[volume] = true }
        }
        return Problem(
            count: count, steps: steps, capacities: capacities,
            referenceAnswer: reference.map(\.text).joined(separator: "\n"), target: target)
    }

    /// One in ten fills, one in ten empties, the others pour; nil if it would change nothing.
    private static func randomAction(
        _ volumes: [Int], _ capacities: [Int], _ random: inout RandomStream
    ) -> Action? {
        let jug = random.integer(0...volumes.count - 1)
        switch random.integer(0...9) {
        case 0: return volumes[jug] < capacities[jug] ? .fill(jug) : nil
        case 1: return volumes[jug] > 0 ? .empty(jug) : nil
        default:
            let other = random.integer(0...volumes.count - 1)
            return jug != other && volumes[jug] > 0 && volumes[other] < capacities[other] ? .pour(jug, other) : nil
        }
    }

    private static func apply(_ action: Action, _ volumes: inout [Int], _ capacities: [Int]) {
        switch action {
        case .fill(let jug): volumes[jug] = capacities[jug]
        case .empty(let jug): volumes[jug] = 0
        case .pour(let source, let target):
            let amount = min(volumes[source], capacities[target] - volumes[target])
            volumes[source] -= amount
            volumes[target] += amount
        }
    }

    func prompt(for problem: Problem) -> String {
        let lines = problem.capacities.enumerated().map { "jug \($0.offset): \($0.element) liters" }
        return """
            There are \(problem.count) empty jugs:
            \(lines.joined(separator: "\n"))
            In the end one of them, whichever you like, has to hold exactly \(problem.target) liters. You can do this:
            Fill i (fill jug i to the brim)
            Empty i (pour all of jug i away)
            Pour i j (pour from jug i into jug j until i is empty or j is full)
            Answer with what to do, one action a line, in order, written like that.
            """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 a jug that there is not, 0 no jug holds the target, 1 one does.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let actions = Self.actions(answer) else { return -1 }
        var volumes = [Int](repeating: 0, count: problem.count)
        for action in actions {
            switch action {
            case .fill(let jug), .empty(let jug):
                guard volumes.indices ~= jug else { return -0.5 }
            case .pour(let source, let target):
                guard volumes.indices ~= source, volumes.indices ~= target, source != target else { return -0.5 }
            }
            Self.apply(action, &volumes, problem.capacities)
        }
        return volumes.contains(problem.target) ? 1 : 0
    }

    private static func actions(_ answer: Answer) -> [Action]? {
        answer.withCommands { commands in
            var actions: [Action] = []
            for (word, numbers) in commands {
                switch (String(decoding: word, as: UTF8.self), numbers.count) {
                case ("Fill", 1): actions.append(.fill(numbers[0]))
                case ("Empty", 1): actions.append(.empty(numbers[0]))
                case ("Pour", 2): actions.append(.pour(numbers[0], numbers[1]))
                default: return nil
                }
            }
            return actions
        }
    }
}
