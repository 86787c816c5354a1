import WhetCore

/// What environments of every kind refuse alike.
extension Environment {
    /// - Throws: where the levels end before this one.
    func check(level: Int, upTo maximum: Int) throws {
        guard level >= 0, level <= maximum else {
            throw WhetError("there is no level \(level)", at: "environment \(name)", expected: "0 to \(maximum)")
        }
    }

    /// A task's problem, as the environment made it.
    ///
    /// - Throws: `WhetError` with the environment and the key that is missing or of the wrong type.
    func problem<Problem: Decodable>(of task: PracticeTask, as type: Problem.Type = Problem.self) throws -> Problem {
        do { return try task.problem.decoded(as: type) } catch let error as WhetError {
            throw error.within("environment \(name), problem")
        }
    }

    /// Why a conversation without a message of the policy gets no score.
    var nothingToScore: WhetError { .nothingToScore(at: "environment \(name)") }
}

extension WhetError {
    static func nothingToScore(at place: String) -> WhetError {
        WhetError(
            "nothing to score: the conversation has no message of the policy", at: place,
            expected: "an assistant message after the opening messages")
    }
}
