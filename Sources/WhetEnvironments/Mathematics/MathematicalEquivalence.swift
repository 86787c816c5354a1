/// Whether two mathematical answers say the same.
///
/// What counts as equal:
/// - **Numbers** of one value: ½, 0.5, 3/6, \frac12, 5·10⁻¹, 50 %. Arithmetic is exact, at any size that matters. A
///   decimal fraction also equals what rounds to it at six places: 0.333333 and ⅓, 3.141593 and π; not 3.14 and π.
/// - **Terms** of one value wherever both have one: (x + 1)² and x² + 2x + 1, 2√2 and √8, sin 2x and 2 sin x cos x.
///   Letters are names: x + 1 and y + 1 differ, x and X do not unless both occur.
/// - **Names of values**: x = 5 and 5; f(x) = 2x and 2x; x ∈ {1, 2} and {1, 2}. x = 5 and y = 5 differ.
/// - **Equations and inequalities** that moving terms, multiplying by a number and exchanging sides turn into each
///   other; linear inequalities in one variable, and the intervals that solve them.
/// - **Sets and lists** without order and repetition, **tuples** with order; a list without brackets fits both, and
///   (1, 2) is the pair as well as the open interval. **Intervals** and unions of them as sets of real numbers.
/// - **Matrices** of one shape, entry by entry, whatever their brackets.
/// - **Decoration left off by one side**: percent signs, degrees, units, currency, the base of digits. 9 % equals 9 as
///   well as 0.09, for graders of textbooks accept both; but 5 cm and 5 m differ, as 5 cm and 50 mm do not.
/// - **Words** by their letters, **choices** by their letter: "(C)" and C.
///
/// The answer may be a whole reply: the last \boxed{…}, else what "the answer is" announces, else the last formula
/// between dollars, else the whole text, else the last number in it.
///
/// Keeps: a pure function of its two texts; any text at all gives a verdict within milliseconds.
enum MathematicalEquivalence {
    /// A verdict, and why.
    struct Comparison: Sendable, Equatable {
        let isEquivalent: Bool
        /// For a person; one sentence.
        let reason: String
        /// False if the gold answer is no mathematics that we can read: a mismatch then says little about the answer.
        let isGoldUnderstood: Bool
    }

    /// - Parameters:
    ///   - gold: the right answer; mathematics, TeX or plain.
    ///   - answer: what is judged; mathematics, or a reply that ends in it.
    static func areEquivalent(_ gold: String, _ answer: String) -> Bool {
        compare(gold: gold, answer: answer).isEquivalent
    }

    /// As `areEquivalent`, with the reason.
    static func compare(gold: String, answer: String) -> Comparison {
        let golds = ReadAnswer(gold, isWhole: true)
        let answers = ReadAnswer(answer, isWhole: false, writingLimit: 4 * golds.text.utf8.count + 100)
        func verdict(_ isEquivalent: Bool, _ reason: String) -> Comparison {
            Comparison(isEquivalent: isEquivalent, reason: reason, isGoldUnderstood: golds.node != nil)
        }
        guard !golds.text.isEmpty else { return verdict(false, "The gold answer is empty.") }
        guard !answers.text.isEmpty else { return verdict(false, "The answer is empty.") }
        let shownGold = golds.text.shortened
        let shown = answers.text.shortened
        // The best writing of the gold answer against any that the answer may mean.
        if let writing = golds.writings.first, answers.writings.contains(writing) {
            return verdict(true, "\(shownGold) is how the answer is written, too.")
        }
        if let choice = golds.choice, let other = answers.choice, choice.isBare || other.isBare,
            golds.isChoice || answers.isChoice
        {
            return verdict(choice.letter == other.letter, "Choice \(other.letter) against \(choice.letter).")
        }
        guard let goldNode = golds.node else {
            return verdict(
                false, "The gold answer \(shownGold) could not be read (\(golds.problem)), and the texts differ.")
        }
        guard let node = answers.node else {
            return verdict(false, "The answer \(shown) could not be read: \(answers.problem).")
        }
        do {
            let budget = WorkBudget()
            let comparison = CompositeComparison(budget: budget)
            let (left, right) = SymbolCase.unified(goldNode, node)
            if try comparison.areEqual(left, right) { return verdict(true, "\(shown) equals \(shownGold).") }
            for pair in golds.alternatives.map({ ($0, node) }) + answers.alternatives.map({ (goldNode, $0) }) {
                let (left, right) = SymbolCase.unified(pair.0, pair.1)
                if try comparison.areEqual(left, right) { return verdict(true, "\(shown) equals \(shownGold).") }
            }
            return verdict(false, "\(shown) does not equal \(shownGold).")
        } catch MathFailure.tooComplex {
            return verdict(false, "\(shown) and \(shownGold) are too complex to compare, and not written alike.")
        } catch {
            return verdict(false, "\(shown) does not equal \(shownGold): one of them has no value.")
        }
    }
}

extension String {
    /// For messages.
    fileprivate var shortened: String {
        let text = prefix(61).split(whereSeparator: \.isNewline).joined(separator: " ")
        return text.count <= 60 ? text : text.prefix(57) + "…"
    }
}
