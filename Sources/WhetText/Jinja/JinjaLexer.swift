import WhetCore

/// Cuts a template into tokens.
///
/// Keeps: white space is trimmed as Jinja does it with `trim_blocks` and `lstrip_blocks`, which transformers sets: the
/// line break after a block or comment goes, and so does the indentation before it; `-` trims all, `+` nothing.
struct JinjaLexer {
    private let source: [Unicode.Scalar]
    private var position = 0
    private var line = 1
    private var tokens: [JinjaToken] = []
    /// The brackets that are open within a tag: while any is, no tag ends.
    private var brackets: [Unicode.Scalar] = []

    private enum Tag { case output, block, comment }

    init(_ text: String) {
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if scalar == "\n", scalars.last == "\r" {
                scalars[scalars.count - 1] = "\n"
            } else {
                if scalars.last == "\r" { scalars[scalars.count - 1] = "\n" }
                scalars.append(scalar)
            }
        }
        if scalars.last == "\r" { scalars[scalars.count - 1] = "\n" }
        if scalars.last == "\n" { scalars.removeLast() }
        source = scalars
    }

    /// - Throws: `WhetError` whose place is the line.
    static func tokens(of text: String) throws -> [JinjaToken] {
        var lexer = JinjaLexer(text)
        try lexer.run()
        return lexer.tokens
    }

    private mutating func run() throws {
        while position < source.count {
            let start = position
            guard let tag = findTag() else {
                append(.text(text(start..<source.count)))
                break
            }
            let begin = position
            position += 2
            let sign = takeSign()
            emitText(start..<begin, sign: sign, isOutput: tag == .output)
            switch tag {
            case .comment: try skipComment()
            case .output:
                append(.outputBegin)
                try readTag(end: "}")
            case .block where startsRaw(): try readRaw()
            case .block:
                append(.blockBegin)
                try readTag(end: "%")
            }
        }
        append(.end)
    }

    // MARK: Text

    /// Moves to the next place where a tag begins.
    private mutating func findTag() -> Tag? {
        while position + 1 < source.count {
            if source[position] == "{" {
                switch source[position + 1] {
                case "{": return .output
                case "%": return .block
                case "#": return .comment
                default: break
                }
            }
            position += 1
        }
        return nil
    }

    private mutating func takeSign() -> Unicode.Scalar? {
        guard let sign = peek(), sign == "-" || sign == "+" else { return nil }
        position += 1
        return sign
    }

    private mutating func emitText(_ range: Range<Int>, sign: Unicode.Scalar?, isOutput: Bool) {
        var end = range.upperBound
        if sign == "-" {
            while end > range.lowerBound, source[end - 1].isPythonSpace { end -= 1 }
        } else if sign != "+", !isOutput {
            var start = end
            while start > range.lowerBound, source[start - 1].isPythonSpace, source[start - 1] != "\n" { start -= 1 }
            let opensLine = start > range.lowerBound ? source[start - 1] == "\n" : isLineStart(range.lowerBound)
            if opensLine { end = start }
        }
        if end > range.lowerBound { append(.text(text(range.lowerBound..<end))) }
        line += source[range].count { $0 == "\n" }
    }

    private func isLineStart(_ index: Int) -> Bool { index == 0 || source[index - 1] == "\n" }

    // MARK: Comments and raw text

    private mutating func skipComment() throws {
        let first = position
        while position + 1 < source.count {
            if source[position] == "#", source[position + 1] == "}" {
                let sign = position > first ? source[position - 1] : " "
                line += source[first..<position].count { $0 == "\n" }
                position += 2
                finishBlock(sign: sign)
                return
            }
            position += 1
        }
        throw failure("a comment is not closed")
    }

    /// After the end of a block or comment: what goes with it.
    private mutating func finishBlock(sign: Unicode.Scalar) {
        if sign == "-" {
            skipSpace()
        } else if sign != "+", peek() == "\n" {
            position += 1
            line += 1
        }
    }

    private mutating func skipSpace() {
        while let scalar = peek(), scalar.isPythonSpace {
            if scalar == "\n" { line += 1 }
            position += 1
        }
    }

    /// Whether the block that has just begun is `raw`; if so it is consumed.
    private mutating func startsRaw() -> Bool {
        guard let end = keyword("raw", at: position) else { return false }
        if end.sign == "+" { return false }
        line += source[position..<end.next].count { $0 == "\n" }
        position = end.next
        if end.sign == "-" { skipSpace() }
        return true
    }

    private mutating func readRaw() throws {
        let start = position
        while findTag() != nil {
            let begin = position
            position += 2
            let sign = takeSign()
            guard source[begin + 1] == "%", let end = keyword("endraw", at: position) else {
                position = begin + 1
                continue
            }
            emitText(start..<begin, sign: sign, isOutput: false)
            line += source[begin..<end.next].count { $0 == "\n" }
            position = end.next
            finishBlock(sign: end.sign)
            return
        }
        throw failure("a raw block is not closed")
    }

    /// Where the block that holds nothing but the word ends, and with which sign.
    private func keyword(_ word: String, at start: Int) -> (next: Int, sign: Unicode.Scalar)? {
        var index = start
        func skip() { while index < source.count, source[index].isPythonSpace { index += 1 } }
        skip()
        for scalar in word.unicodeScalars {
            guard index < source.count, source[index] == scalar else { return nil }
            index += 1
        }
        skip()
        var sign: Unicode.Scalar = " "
        if index < source.count, source[index] == "-" || source[index] == "+" {
            sign = source[index]
            index += 1
        }
        guard index + 1 < source.count, source[index] == "%", source[index + 1] == "}" else { return nil }
        return (index + 2, sign)
    }

    // MARK: Within tags

    /// - Parameter end: the first of the two characters that end the tag.
    private mutating func readTag(end: Unicode.Scalar) throws {
        brackets = []
        let opened = line
        while let scalar = peek() {
            if brackets.isEmpty, endTag(end) { return }
            if scalar.isPythonSpace {
                skipSpace()
            } else if ("0"..."9").contains(scalar) {
                try readNumber()
            } else if scalar == "_" || scalar.properties.isXIDContinue {
                readName()
            } else if scalar == "'" || scalar == "\"" {
                try readString(quote: scalar)
            } else {
                try readSymbol()
            }
        }
        throw WhetError("a tag is not closed", at: "line \(opened)", expected: end == "%" ? "%}" : "}}")
    }

    private mutating func endTag(_ end: Unicode.Scalar) -> Bool {
        let sign = peek() ?? " "
        let isSigned = sign == "-" || (sign == "+" && end == "%")
        let start = isSigned ? position + 1 : position
        guard start + 1 < source.count, source[start] == end, source[start + 1] == "}" else { return false }
        append(end == "%" ? .blockEnd : .outputEnd)
        position = start + 2
        if end == "%" {
            finishBlock(sign: isSigned ? sign : " ")
        } else if isSigned {
            skipSpace()
        }
        return true
    }

    private mutating func readName() {
        let start = position
        while let scalar = peek(), scalar == "_" || scalar.properties.isXIDContinue { position += 1 }
        append(.name(text(start..<position)))
    }

    private mutating func readNumber() throws {
        let start = position
        if source[position] == "0", position + 1 < source.count,
            let radix = ["x": 16, "o": 8, "b": 2][source[position + 1].properties.lowercaseMapping]
        {
            position += 2
            let digits = takeDigits { $0.properties.isASCIIHexDigit }
            guard let value = Int(digits, radix: radix) else { throw failure("a number is not readable") }
            return append(.integer(value))
        }
        var literal = takeDigits { ("0"..."9").contains($0) }
        var isWhole = true
        let followsDot = start > 0 && source[start - 1] == "."
        if !followsDot, peek() == ".", position + 1 < source.count, ("0"..."9").contains(source[position + 1]) {
            position += 1
            literal += "." + takeDigits { ("0"..."9").contains($0) }
            isWhole = false
        }
        if !followsDot, let exponent = exponentLength() {
            literal += String(text(position..<position + exponent))
            position += exponent
            isWhole = false
        }
        if isWhole {
            guard let value = Int(literal) else { throw failure("the number \(literal) is too large") }
            append(.integer(value))
        } else {
            guard let value = Double(literal.filter { $0 != "_" }) else { throw failure("a number is not readable") }
            append(.number(value))
        }
    }

    private mutating func takeDigits(_ isDigit: (Unicode.Scalar) -> Bool) -> String {
        var digits = ""
        while let scalar = peek(), isDigit(scalar) || scalar == "_" {
            if scalar != "_" { digits.unicodeScalars.append(scalar) }
            position += 1
        }
        return digits
    }

    /// The length of `e-5` here; nil where no exponent stands.
    private func exponentLength() -> Int? {
        guard let letter = peek(), letter == "e" || letter == "E" else { return nil }
        var index = position + 1
        if index < source.count, source[index] == "+" || source[index] == "-" { index += 1 }
        let digits = index
        while index < source.count, ("0"..."9").contains(source[index]) { index += 1 }
        return index > digits ? index - position : nil
    }

    private mutating func readString(quote: Unicode.Scalar) throws {
        let opened = line
        position += 1
        var value = ""
        while let scalar = peek() {
            position += 1
            if scalar == quote {
                tokens.append(JinjaToken(kind: .string(value), line: opened))
                return
            }
            if scalar == "\n" { line += 1 }
            if scalar == "\\" {
                readEscape(into: &value)
            } else {
                value.unicodeScalars.append(scalar)
            }
        }
        throw WhetError("a string is not closed", at: "line \(opened)")
    }

    /// Python's escapes, the backslash consumed; an unknown one stands for itself.
    private mutating func readEscape(into value: inout String) {
        guard let scalar = peek() else { return value.append("\\") }
        position += 1
        let simple: [Unicode.Scalar: Unicode.Scalar] = [
            "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{07}", "b": "\u{08}",
            "f": "\u{0C}", "v": "\u{0B}",
        ]
        if let escaped = simple[scalar] { return value.unicodeScalars.append(escaped) }
        switch scalar {
        case "\n": line += 1  // a line that goes on
        case "x", "u", "U":
            let length = scalar == "x" ? 2 : scalar == "u" ? 4 : 8
            let end = min(position + length, source.count)
            if end - position == length, let code = UInt32(text(position..<end), radix: 16),
                let escaped = Unicode.Scalar(code)
            {
                value.unicodeScalars.append(escaped)
                position = end
            } else {
                value += "\\\(scalar)"
            }
        case "0"..."7":
            var code = scalar.value - 48
            var digits = 1
            while digits < 3, let next = peek(), ("0"..."7").contains(next) {
                code = code * 8 + next.value - 48
                position += 1
                digits += 1
            }
            if let escaped = Unicode.Scalar(code) { value.unicodeScalars.append(escaped) }
        default: value += "\\\(scalar)"
        }
    }

    private mutating func readSymbol() throws {
        let scalar = source[position]
        if position + 1 < source.count {
            let pair = text(position..<position + 2)
            if ["//", "**", "==", "!=", ">=", "<="].contains(pair) {
                append(.symbol(pair))
                position += 2
                return
            }
        }
        guard "+-/*%~[](){}><=.:|,;".unicodeScalars.contains(scalar) else {
            throw failure("the character \(scalar) means nothing here")
        }
        if let opening = ([")": "(", "]": "[", "}": "{"] as [Unicode.Scalar: Unicode.Scalar])[scalar] {
            guard brackets.popLast() == opening else { throw failure("\(scalar) closes nothing") }
        } else if "([{".unicodeScalars.contains(scalar) {
            brackets.append(scalar)
        }
        append(.symbol(String(scalar)))
        position += 1
    }

    // MARK: Scalars

    private func peek() -> Unicode.Scalar? { position < source.count ? source[position] : nil }

    private func text(_ range: Range<Int>) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: source[range])
        return text
    }

    private mutating func append(_ kind: JinjaToken.Kind) { tokens.append(JinjaToken(kind: kind, line: line)) }
    private func failure(_ problem: String) -> WhetError { WhetError(problem, at: "line \(line)") }
}

extension Unicode.Scalar {
    /// What Python's `str.isspace` and `\s` count as white space.
    var isPythonSpace: Bool {
        if value < 0x80 { return (0x09...0x0D).contains(value) || (0x1C...0x20).contains(value) }
        return properties.isWhitespace
    }
}
