/// Commands: text, brackets with \left and \right, environments, and what is only spacing.
extension MathLexer {
    private static let textCommands: Set<String> = [
        "text", "textbf", "textit", "textrm", "textnormal", "textsf", "texttt", "mbox", "hbox", "mathrm", "mathit",
        "mathbf", "mathsf", "mathtt", "operatorname", "bf", "rm", "boldsymbol", "bm", "pmb", "emph", "textsc",
    ]
    private static let ignored: Set<String> = [
        "displaystyle", "textstyle", "scriptstyle", "limits", "nolimits", "big", "Big", "bigg", "Bigg", "bigl",
        "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr", "middle", "quad", "qquad", "hfill", "hline",
        "strut",
        "phantom", "therefore", "because", "thinspace", "medspace", "thickspace", "nobreak", "allowbreak", "unicode",
        "rm", "bf", "it", "large", "Large", "left", "right", "mleft", "mright", "boxed", "fbox", "ensuremath", "hspace",
    ]

    mutating func command() throws(MathFailure) {
        position += 1
        guard let first = peek() else { return }
        guard first.isASCII, first.isAlphabetic else { return try escaped(first) }
        let start = position
        while let next = peek(), next.isASCII, next.isAlphabetic { position += 1 }
        let name = String(characters[start..<position])
        if name == "left" || name == "right" || name == "mleft" || name == "mright" {
            return side(isLeft: name.hasSuffix("left"))
        }
        if name == "begin" || name == "end" {
            let environment = group() ?? ""
            if name == "begin" { depth += 1 } else { depth = max(0, depth - 1) }
            return emit(name == "begin" ? .begin(environment) : .end(environment))
        }
        if name == "mathbb" || name == "mathcal" {
            var content = group()
            if content == nil, let letter = peek(), letter.isAlphabetic {
                position += 1
                content = String(Character(letter))
            }
            return emit(.command(content == "R" ? "reals" : "mathbb" + (content ?? "")))
        }
        if Self.textCommands.contains(name) {
            skipSpaces()
            guard let content = group() else { return }
            return emit(.text(content))
        }
        if Self.ignored.contains(name) {
            followsSpace = true
            return
        }
        let command = MathSpelling.commands[name] ?? name
        switch command {
        case "{", "}": emitBrace(opens: command == "{")
        case let mark where mark.count == 1 && !(mark.first?.isLetter ?? false): emit(.mark(Character(mark)))
        default: emit(.command(command))
        }
    }

    private mutating func emitBrace(opens: Bool) {
        depth = max(0, depth + (opens ? 1 : -1))
        emit(opens ? .openBrace : .closeBrace)
    }

    private mutating func escaped(_ character: Unicode.Scalar) throws(MathFailure) {
        position += 1
        switch character {
        case "{", "}": emitBrace(opens: character == "{")
        case "\\":
            // A doubled backslash before a command is one that was escaped on the way.
            if depth == 0, let next = peek(), next.isAlphabetic { position -= 1 } else { emit(.newRow) }
        case "%": emit(.mark("%"))
        case "|": emit(.command("norm"))
        case "!", "$", "(", ")", "[", "]": break
        case "#", "_", "&": break
        default: followsSpace = true
        }
    }

    /// What follows \left or \right.
    private mutating func side(isLeft: Bool) {
        skipSpaces()
        guard let next = peek() else { return }
        if next == "." {
            position += 1
        } else if next == "|" || (next == "\\" && peek(1) == "|") {
            position += next == "|" ? 1 : 2
            emit(.command(isLeft ? "lvert" : "rvert"))
        } else if next == "{" || next == "}" {
            position += 1
            depth = max(0, depth + (isLeft ? 1 : -1))
            emit(next == "{" ? .openBrace : .closeBrace)
        } else if next == "\\", peek(1) == "v" {
            position += "\\vert".count
            emit(.command(isLeft ? "lvert" : "rvert"))
        } else if next == "<" || next == ">" {
            position += 1
            emit(.command(isLeft ? "langle" : "rangle"))
        }
    }

    private mutating func skipSpaces() {
        while peek() == " " || peek() == "\n" { position += 1 }
    }

    /// The content of the braces that begin here, if any do and they are closed.
    private mutating func group() -> String? {
        guard peek() == "{" else { return nil }
        var open = 0
        // The bound keeps many unclosed groups from being searched to the end, each.
        for index in position..<min(characters.count, position + 1000) {
            if characters[index] == "{" { open += 1 }
            if characters[index] == "}" {
                open -= 1
                if open == 0 {
                    defer { position = index + 1 }
                    return String(characters[(position + 1)..<index])
                }
            }
        }
        return nil
    }
}
