import WhetCore

/// Whether two answers mean the same in mathematics, however they are written.
struct MathematicsVerifier: ConfigurableVerifier {
    static let kind = "mathematics"
    static let summary = "the answer equals the expected one as mathematics, in LaTeX or plain text"
    static let settings = [ExpectedAnswer.setting]

    let expected: ExpectedAnswer

    init(settings: VerifierSettings) throws { expected = try ExpectedAnswer(settings) }

    var needsAnswer: Bool { true }

    func verify(_ response: Response) throws -> Verdict {
        let golds = try expected.answers(in: response.problem)
        let answer = response.answer ?? ""
        let passed = try golds.contains { try Self.isRight(answer, gold: $0) }
        return .comparison(passed: passed, answer: answer, golds: golds)
    }

    private static func isRight(_ answer: String, gold: String) throws -> Bool {
        let comparison = MathematicalEquivalence.compare(gold: gold, answer: answer)
        // Nobody can be wrong by an answer that we cannot read ourselves (DESIGN.md, law 4).
        guard comparison.isEquivalent || comparison.isGoldUnderstood else {
            throw WhetError(
                "the expected answer cannot be read as mathematics: \(gold.prefix(80))", at: "verifier mathematics",
                expected: "LaTeX or plain text, such as \\frac{1}{2} or (1, 2]",
                remedy: "kind: normalized_text for words")
        }
        return comparison.isEquivalent
    }
}
