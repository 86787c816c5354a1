import WhetCore
import WhetEnvironments

/// What a task's reward is made of its checks.
enum AppReward: String, Hashable, Sendable, CaseIterable {
    /// The share of checks that passed; 0 where nothing that was asked for was done.
    case share
    /// 1 where all passed, else 0.
    case solved
}

extension AppTask {
    /// The task's checks on a world and an answer: each change that was asked for, the answer, and that nothing else
    /// has changed.
    ///
    /// - Parameters:
    ///   - final: the world at the end.
    ///   - words: what was answered, untrusted; nil where nothing was.
    func score(_ final: AppWorld, answer words: String?, reward: AppReward) -> Score {
        let changes = world.changes(to: final)
        let met = Self.assignment(of: changes, to: scenario.requirements)
        let strays = changes.indices.filter { !met.contains($0) }.map { changes[$0] }
        let isAnswered = words.map(scenario.answer.isGiven(by:)) ?? false

        var parts = zip(scenario.requirements, met).enumerated().map { index, pair in
            Score.Part("change_\(index + 1)", value: pair.1 == nil ? 0 : 1, reason: pair.0.name)
        }
        parts.append(Score.Part("answer", value: isAnswered ? 1 : 0, reason: scenario.answer.wanted))
        parts.append(
            Score.Part(
                "nothing_else", value: strays.isEmpty ? 1 : 0,
                reason: strays.first?.summary ?? "nothing else has changed"))
        let isSolved = parts.allSatisfy { $0.value == 1 }
        // Who does nothing changes nothing else either, and must not be paid for it.
        let didSome = scenario.requirements.isEmpty ? isAnswered : met.contains { $0 != nil }
        let share = didSome ? parts.reduce(0) { $0 + $1.value } / Double(parts.count) : 0
        let failed = parts.filter { $0.value < 1 }.map { "\($0.name) (\($0.reason ?? ""))" }
        return Score(
            reward: reward == .share ? share : isSolved ? 1 : 0, isSolved: isSolved, parts: parts,
            reason: isSolved ? "all checks passed" : "failed: \(failed.joined(separator: ", "))")
    }

    /// For each requirement the index of the change that meets it, each change once; as many as can be met.
    private static func assignment(of changes: [AppChange], to requirements: [AppRequirement]) -> [Int?] {
        let possible = requirements.map { requirement in changes.indices.filter { requirement.isMetBy(changes[$0]) } }
        var owner: [Int: Int] = [:]
        /// Finds a change for a requirement, for which others may have to take another one.
        func assign(_ requirement: Int, _ tried: inout Set<Int>) -> Bool {
            for change in possible[requirement] where tried.insert(change).inserted {
                if let other = owner[change], !assign(other, &tried) { continue }
                owner[change] = requirement
                return true
            }
            return false
        }
        for requirement in requirements.indices {
            var tried: Set<Int> = []
            _ = assign(requirement, &tried)
        }
        var met: [Int?] = Array(repeating: nil, count: requirements.count)
        for (change, requirement) in owner { met[requirement] = change }
        return met
    }
}

extension AppAnswer {
    /// In words, for whoever reads a score.
    var wanted: String {
        switch self {
        case .done: "the answer is \"\(Self.doneWord)\""
        case .text(let text): "the answer is \"\(text)\""
        case .number(let number): "the answer is \(Self.written(number))"
        }
    }
}
