/// A piece of a template's source.
struct JinjaToken: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        /// Text between tags, white space already trimmed.
        case text(String)
        /// `{{` and `}}`
        case outputBegin, outputEnd
        /// `{%` and `%}`
        case blockBegin, blockEnd
        case name(String)
        case string(String)
        case integer(Int)
        case number(Double)
        case symbol(String)
        case end
    }

    let kind: Kind
    /// Counted from 1.
    let line: Int

    /// What an error calls the token.
    var words: String {
        switch kind {
        case .text: "text"
        case .outputBegin: "{{"
        case .outputEnd: "}}"
        case .blockBegin: "{%"
        case .blockEnd: "%}"
        case .name(let name): name
        case .string(let text): "\"\(text.prefix(40))\""
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .symbol(let symbol): symbol
        case .end: "the end of the template"
        }
    }
}
