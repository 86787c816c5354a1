/// The smallest piece of written mathematics.
struct MathToken: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        /// ASCII digits, perhaps with a point.
        case number(String)
        /// 0.1\overline{6}: the digits before, and those that repeat.
        case repeating(String, String)
        /// What a backslash introduces, without it; words of plain text that mean the same, too.
        case command(String)
        /// Letters that stand together.
        case letters(String)
        /// The content of \text and its kin.
        case text(String)
        /// One character of ASCII; "{" and "}" are TeX's own.
        case mark(Character)
        /// A brace that is seen on paper.
        case openBrace, closeBrace
        /// The end of a row of a matrix.
        case newRow
        case begin(String)
        case end(String)
    }

    let kind: Kind
    let followsSpace: Bool
}
