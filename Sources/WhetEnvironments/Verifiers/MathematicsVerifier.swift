import WhetCore

extension VerifierCatalog {
    /// Whether two answers mean the same in mathematics, however they are written.
    static let mathematics = Entry(
        "mathematics", summary: "the answer equals the expected one as mathematics, in LaTeX or plain text",
        settings: [ExpectedAnswer.setting]
    ) { settings in
        ComparingVerifier(expected: try ExpectedAnswer(settings)) { gold, answer in
            let comparison = MathematicalEquivalence.compare(gold: gold, answer: answer)
            // Nobody can be wrong by an answer that we cannot read ourselves (DESIGN.md, law 4).
            guard comparison.isEquivalent || comparison.isGoldUnderstood else {
                throw WhetError(
                    "the expected answer cannot be read as mathematics: \(gold.prefix(80))", at: "verifier mathematics",
                    expected: "LaTeX or plain text, such as \\frac{1}{2} or (1, 2]", remedy: "kind: normalized_text for words")
            }
            return comparison.isEquivalent
        }
    }
}
