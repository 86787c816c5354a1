/// The letter of a multiple-choice answer: "C", "(C)", "C)", "\textbf{(C)}", "(C) 42".
struct ChoiceLetter: Equatable, Sendable {
    let letter: Character
    /// Whether nothing stands behind the letter.
    let isBare: Bool
    /// What stands behind the letter, as it was written.
    let rest: String

    init?(_ source: String) {
        var text = source.prefix(200)
        for command in ["\\textbf", "\\text", "\\mathrm", "\\mathbf", "\\textrm", "\\rm", "\\bf"]
        where text.hasPrefix(command) {
            text = text.dropFirst(command.count)
        }
        let characters = text.filter { !"{}$ \\*\"'".contains($0) }
        var rest = Substring(characters)
        let isOpen = rest.first == "("
        if isOpen { rest.removeFirst() }
        guard let letter = rest.popFirst(), letter.isASCII, letter.isLetter else { return nil }
        let delimiter = rest.first
        if isOpen {
            guard delimiter == ")" else { return nil }
            rest.removeFirst()
        } else if let delimiter {
            guard ").:".contains(delimiter), letter.isUppercase else { return nil }
            rest.removeFirst()
        }
        self.letter = Character(letter.uppercased())
        isBare = rest.isEmpty || rest == "."
        var tail = source.drop { !").:".contains($0) }.dropFirst()
        while let first = tail.first, " }\\*".contains(first) { tail.removeFirst() }
        self.rest = String(tail)
        // "(x)y" is a product, "(C) 42" a choice.
        if !isBare, !letter.isUppercase { return nil }
    }
}
