import WhetCore

/// A reference answer that something was done to, so that most likely it is right no longer.
///
/// Keeps: its words differ from the reference's; the same reference and stream give the same answers.
struct AlteredAnswer: Hashable, Sendable {
    enum Alteration: String, Sendable, CaseIterable {
        case numberChanged = "number_changed"
        case characterChanged = "character_changed"
        case wordDropped = "word_dropped"
        case wordDoubled = "word_doubled"
        case wordReplaced = "word_replaced"
        case halved
        case otherProblem = "other_problem"
        case wordsSwapped = "words_swapped"
        case reversed
        case linesSwapped = "lines_swapped"

        /// False where only the order changed, of which nobody can tell from outside whether it matters: places, edges
        /// or items may come in any.
        var changesSubstance: Bool {
            switch self {
            case .wordsSwapped, .reversed, .linesSwapped: false
            default: true
            }
        }
    }

    let alteration: Alteration
    let text: String

    /// Every alteration that is possible with `reference`.
    ///
    /// - Parameter other: the reference of another problem of the level.
    static func all(of reference: String, other: String?, random: inout RandomStream) -> [AlteredAnswer] {
        var answers: [AlteredAnswer] = []
        for alteration in Alteration.allCases {
            let text = alteration == .otherProblem ? other : altered(reference, by: alteration, random: &random)
            guard let text, words(text) != words(reference) else { continue }
            answers.append(AlteredAnswer(alteration: alteration, text: text))
        }
        return answers
    }

    /// White space says nothing, so it is not compared.
    private static func words(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }

    private static func altered(_ text: String, by alteration: Alteration, random: inout RandomStream) -> String? {
        switch alteration {
        case .numberChanged: numberChanged(text, random: &random)
        case .characterChanged: characterChanged(text, random: &random)
        case .wordDropped:
            editingWords(text, atLeast: 2) { $0.remove(at: random.place(in: $0)) }
        case .wordDoubled:
            editingWords(text) { words in
                let place = random.place(in: words)
                words.insert(words[place], at: place)
            }
        case .wordReplaced:
            editingWords(text) { words in words[random.place(in: words)] = nonsense[...] }
        case .halved: text.count > 1 ? String(text.prefix(text.count / 2)) : nil
        case .otherProblem: nil
        case .wordsSwapped: wordsSwapped(text, random: &random)
        case .reversed: words(text).reversed().joined(separator: " ")
        case .linesSwapped: text.split(separator: "\n").reversed().joined(separator: "\n")
        }
    }

    /// A word of no language.
    static let nonsense = "qzxv"

    /// One of the numbers in it, one more.
    private static func numberChanged(_ text: String, random: inout RandomStream) -> String? {
        let numbers = text.ranges(of: /[0-9]{1,15}/)
        guard !numbers.isEmpty else { return nil }
        let range = numbers[random.place(in: numbers)]
        guard let number = Int(text[range]) else { return nil }
        return text.replacingCharacters(in: range, with: String(number + 1))
    }

    /// One of its letters or digits, another of them.
    private static func characterChanged(_ text: String, random: inout RandomStream) -> String? {
        let places = text.indices.filter { text[$0].isLetter || text[$0].isNumber }
        guard !places.isEmpty else { return nil }
        let place = places[random.place(in: places)]
        let others = places.filter { text[$0] != text[place] }
        let other: Character =
            others.isEmpty ? (text[place] == "1" ? "2" : "1") : text[others[random.place(in: others)]]
        return text.replacingCharacters(in: place..<text.index(after: place), with: String(other))
    }

    private static func wordsSwapped(_ text: String, random: inout RandomStream) -> String? {
        let all = words(text)
        guard !all.isEmpty else { return nil }
        let first = random.place(in: all)
        guard let second = all.indices.first(where: { all[$0] != all[first] }) else { return nil }
        return editingWords(text) { $0.swapAt(first, second) }
    }

    /// Changes words and leaves the white space between them as it is; nil if there are fewer words than it takes.
    private static func editingWords(
        _ text: String, atLeast least: Int = 1, _ edit: (inout [Substring]) -> Void
    ) -> String? {
        var pieces = words(text)
        guard pieces.count >= least else { return nil }
        edit(&pieces)
        var gaps = text.split(omittingEmptySubsequences: true) { !$0.isWhitespace }[...]
        var result = ""
        for (index, piece) in pieces.enumerated() {
            if index > 0 { result += gaps.popFirst() ?? " " }
            result += piece
        }
        return result
    }
}

extension RandomStream {
    fileprivate mutating func place(in list: some Collection) -> Int { Int.random(in: 0..<list.count, using: &self) }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}
