/// Cuts written mathematics, TeX or plain, into tokens.
///
/// Keeps: linear in the length of the text, and any text at all gives tokens or one error.
struct MathLexer {
    let characters: [Unicode.Scalar]
    let isPlain: Bool
    var position = 0
    private var tokens: [MathToken] = []
    var followsSpace = false
    /// How many brackets that are seen on paper are open: a comma in them separates.
    var depth = 0
    /// A comma followed by a space: then one without may be a thousands separator even in brackets.
    let hasSpacedCommas: Bool
    private static let tokenLimit = 4000
    private static let characterLimit = 400_000

    /// - Throws: `tooComplex` for too long a text, `unreadable` for characters that we do not know.
    /// - Parameter isPlain: prose, where "cost" is a word and not cos t.
    static func tokens(of text: String, isPlain: Bool = false) throws(MathFailure) -> [MathToken] {
        guard text.utf8.count <= characterLimit else { throw .tooComplex }
        var lexer = MathLexer(text, isPlain: isPlain)
        while lexer.position < lexer.characters.count {
            try lexer.step()
            guard lexer.tokens.count <= tokenLimit else { throw .tooComplex }
        }
        return lexer.tokens
    }

    private init(_ text: String, isPlain: Bool) {
        self.isPlain = isPlain
        let characters = Self.spelledOut(text)
        self.characters = characters
        hasSpacedCommas = characters.indices.dropLast().contains { characters[$0] == "," && characters[$0 + 1] == " " }
    }

    /// Characters beyond ASCII as TeX.
    private static func spelledOut(_ text: String) -> [Unicode.Scalar] {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return Array(text.unicodeScalars) }
        var result: [Unicode.Scalar] = []
        var raised: Unicode.Scalar?
        func close() {
            if raised != nil { result.append("}") }
            raised = nil
        }
        for character in text.unicodeScalars {
            if let plain = MathSpelling.superscripts[character] {
                if raised != "^" {
                    close()
                    result += ["^", "{"]
                    raised = "^"
                }
                result.append(plain)
            } else if let plain = MathSpelling.subscripts[character] {
                if raised != "_" {
                    close()
                    result += ["_", "{"]
                    raised = "_"
                }
                result.append(plain)
            } else {
                close()
                if let spelling = MathSpelling.characters[character] {
                    result += Array(spelling.unicodeScalars)
                } else if character.isSpace {
                    result.append(character.breaksLine ? "\n" : " ")
                } else {
                    result.append(character)
                }
            }
        }
        close()
        return result
    }

    func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        let index = position + offset
        return index < characters.count && index >= 0 ? characters[index] : nil
    }

    mutating func emit(_ kind: MathToken.Kind) {
        tokens.append(MathToken(kind: kind, followsSpace: followsSpace))
        followsSpace = false
    }

    private mutating func step() throws(MathFailure) {
        guard let character = peek() else { return }
        switch character {
        case " ", "\n", "\t", "\r", "~":
            followsSpace = true
            position += 1
        case "\\": try command()
        case "0"..."9": number()
        case ".":
            if let next = peek(1), next.isLatinDigit { number() } else { position += 1 }
        case "$", "\"", "`": position += 1
        case "*":
            position += 1
            if peek() == "*" {
                position += 1
                emit(.mark("^"))
            } else {
                emit(.mark("*"))
            }
        case "<", ">", "!", "=":
            relation(character)
        case "(", "[":
            depth += 1
            plain(character)
        case ")", "]":
            depth = max(0, depth - 1)
            plain(character)
        case "+", "-", "/", "^", "_", "{", "}", "|", ",", ";", ":", "&", "'", "%": plain(character)
        case let letter where letter.isAlphabetic: letters()
        default: throw .unreadable("the character \"\(character)\"")
        }
    }

    private mutating func plain(_ character: Unicode.Scalar) {
        position += 1
        emit(.mark(Character(character)))
    }

    private mutating func relation(_ character: Unicode.Scalar) {
        position += 1
        guard peek() == "=" else { return emit(.mark(Character(character))) }
        // In "5!=120" the mark of the factorial stands at an operand; "!=" as a relation has a space before it.
        if character == "!", !followsSpace, let last = tokens.last?.kind, last.endsOperand {
            return emit(.mark("!"))
        }
        position += 1
        switch character {
        case "<": emit(.command("le"))
        case ">": emit(.command("ge"))
        case "!": emit(.command("ne"))
        default: emit(.mark("="))
        }
    }

    // MARK: Letters

    private mutating func letters() {
        let start = position
        while let next = peek(), next.isAlphabetic { position += 1 }
        let run = String(characters[start..<position])
        if let command = MathSpelling.words[run] { return emit(.command(command)) }
        for prefix in MathSpelling.prefixes where run.hasPrefix(prefix) && run.count <= prefix.count + 2 {
            if isPlain, run.count > prefix.count + 1 || !["x", "y", "z", "t"].contains(run.last) || run == "cost" {
                break
            }
            emit(.command(prefix))
            return emit(.letters(String(run.dropFirst(prefix.count))))
        }
        emit(.letters(run))
    }
}

extension MathToken.Kind {
    fileprivate var endsOperand: Bool {
        switch self {
        case .number, .repeating, .closeBrace: true
        case .mark(let mark): mark == ")" || mark == "}" || mark == "]"
        default: false
        }
    }
}
