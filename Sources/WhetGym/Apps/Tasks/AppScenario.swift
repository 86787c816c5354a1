import WhetCore

/// A task in a world: what is asked, what has to have changed, what is to be answered, and how it is done.
struct AppScenario: Sendable {
    /// What the owner says.
    let instruction: String
    /// What the instruction was made of, for whoever looks at a rollout.
    let parameters: JSONObject
    let answer: AppAnswer
    let requirements: [AppRequirement]
    /// Does it by calls alone, knowing no more than the instruction says.
    ///
    /// - Returns: the answer.
    let solve: @Sendable (inout AppProgram) throws -> String

    /// A question.
    init(
        _ instruction: String, _ parameters: JSONObject, answer: AppAnswer,
        solve: @escaping @Sendable (inout AppProgram) throws -> String
    ) {
        self.init(instruction, parameters, answer: answer, requirements: [], solve: solve)
    }

    /// A deed.
    init(
        _ instruction: String, _ parameters: JSONObject, _ requirements: [AppRequirement],
        solve: @escaping @Sendable (inout AppProgram) throws -> Void
    ) {
        self.init(instruction, parameters, answer: .done, requirements: requirements) { program in
            try solve(&program)
            return AppAnswer.doneWord
        }
    }

    private init(
        _ instruction: String, _ parameters: JSONObject, answer: AppAnswer, requirements: [AppRequirement],
        solve: @escaping @Sendable (inout AppProgram) throws -> String
    ) {
        self.instruction = instruction
        self.parameters = parameters
        self.answer = answer
        self.requirements = requirements
        self.solve = solve
    }
}

/// What a policy is to answer at the end.
enum AppAnswer: Hashable, Sendable {
    /// That it has done what was asked for.
    case done
    case text(String)
    case number(Double)

    static let doneWord = "done"

    /// - Parameter words: what stood between the tags, untrusted.
    func isGiven(by words: String) -> Bool {
        guard words.utf8.count <= 500 else { return false }
        switch self {
        case .done: return words.folded == Self.doneWord
        case .text(let text): return words.folded == text.folded
        case .number(let number):
            // "$12.50" and "1,200" are numbers; "12 or 13" is none.
            let found = words.numbers
            let rest = words.filter { !$0.isNumber && !$0.isWhitespace && !"$.,+".contains($0) }
            return found.count == 1 && rest.isEmpty && abs(found[0] - number) < 0.005
        }
    }

    /// As a program that knows it writes it.
    static func written(_ number: Double) -> String {
        number == number.rounded() ? String(Int(number)) : Int((number * 100).rounded()).dollarText
    }
}
