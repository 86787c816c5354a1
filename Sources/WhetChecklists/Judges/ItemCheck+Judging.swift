import WhetCore

extension ItemCheck {
    /// What code says of the turn so far.
    ///
    /// - Throws: where it cannot say, such as a pattern that takes too long.
    func judgment(of turn: TurnSoFar, focus: ChecklistItem.Focus) throws -> Judgment {
        switch self {
        case .toolCalled(let name, let arguments):
            let calls = turn.calls.filter { $0.name == name }
            guard !calls.isEmpty else { return .notMet("\(name) was not called") }
            return calls.contains { arguments.accept($0.arguments) }
                ? .met("\(name) was called so") : .notMet("\(name) was called with other arguments")
        case .textContains(let texts, let ignoresCase):
            let found = ignoresCase ? turn.text(of: focus).lowercased() : turn.text(of: focus)
            // Compared by scalars: a combining mark after the text does not hide it.
            let missing = texts.first { text in
                !found.unicodeScalars.contains(Array((ignoresCase ? text.lowercased() : text).unicodeScalars))
            }
            return missing.map { .notMet("\"\($0)\" is not there") } ?? .met("all texts are there")
        case .textMatches(let pattern):
            return try TextPattern(pattern).matches(turn.text(of: focus))
                ? .met("the pattern matches") : .notMet("the pattern does not match")
        case .numberEquals(let number, let tolerance, let place):
            let numbers = turn.text(of: focus).numbers
            let counted = place == .last ? numbers.suffix(1) : numbers[...]
            guard !counted.isEmpty else { return .notMet("there is no number") }
            return counted.contains { abs($0 - number) <= tolerance }
                ? .met("\(number) is there") : .notMet("\(counted.last ?? .nan) is not \(number)")
        }
    }
}

extension ItemCheck.Arguments {
    func accept(_ given: JSONValue) -> Bool {
        switch self {
        case .any: return true
        case .exactly(let wanted): return given.canonicalForm == JSONValue.object(wanted).canonicalForm
        case .including(let wanted):
            return wanted.allSatisfy { key, value in given[key]?.canonicalForm == value.canonicalForm }
        }
    }
}

extension String {
    /// The numbers in a text in order: digits with or without thousands cut off by commas, fraction and exponent. A
    /// minus counts where no letter or digit stands before it.
    var numbers: [Double] {
        let bytes = Array(utf8)
        func isDigit(_ index: Int) -> Bool { bytes.indices.contains(index) && 0x30...0x39 ~= bytes[index] }
        func isWord(_ index: Int) -> Bool {
            bytes.indices.contains(index)
                && (isDigit(index) || bytes[index] | 0x20 >= 0x61 && bytes[index] | 0x20 <= 0x7A
                    || bytes[index] == UInt8(ascii: "_"))
        }
        var numbers: [Double] = []
        var index = 0
        while index < bytes.count {
            guard isDigit(index) || (bytes[index] == UInt8(ascii: ".") && isDigit(index + 1) && !isDigit(index - 1))
            else {
                index += 1
                continue
            }
            let isPartOfWord = isWord(index - 1)
            var text = ""
            if index > 0, bytes[index - 1] == UInt8(ascii: "-"), !isWord(index - 2) { text = "-" }
            while isDigit(index) {
                text.unicodeScalars.append(Unicode.Scalar(bytes[index]))
                index += 1
                let isThousands =
                    index < bytes.count && bytes[index] == UInt8(ascii: ",")
                    && (1...3).allSatisfy { isDigit(index + $0) }
                    && !isDigit(index + 4)
                if isThousands { index += 1 }
            }
            if index < bytes.count, bytes[index] == UInt8(ascii: "."), isDigit(index + 1) {
                if text.isEmpty || text == "-" { text += "0" }
                text += "."
                index += 1
                while isDigit(index) {
                    text.unicodeScalars.append(Unicode.Scalar(bytes[index]))
                    index += 1
                }
            }
            if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
                let sign = index + 1 < bytes.count && "+-".utf8.contains(bytes[index + 1]) ? 1 : 0
                if isDigit(index + 1 + sign) {
                    text += "e" + (sign == 1 ? String(decoding: [bytes[index + 1]], as: UTF8.self) : "")
                    index += 1 + sign
                    while isDigit(index) {
                        text.unicodeScalars.append(Unicode.Scalar(bytes[index]))
                        index += 1
                    }
                }
            }
            if !isPartOfWord, let number = Double(text) { numbers.append(number) }
        }
        return numbers
    }
}
