/// Numbers: digits, thousands separators, points, repeating decimals, exponents of ten.
extension MathLexer {
    mutating func number() {
        let start = position
        var digits = takeDigits()
        takeThousands(into: &digits, from: start)
        var hasPoint = false
        if peek() == ".", peek(1)?.isLatinDigit == true {
            hasPoint = true
            position += 1
            digits += "." + takeDigits()
        } else if peek() == ".", !digits.isEmpty {
            if let repeated = repeatingDigits(from: position + 1) { return emit(.repeating(digits + ".", repeated)) }
            position += 1
        }
        if hasPoint, let repeated = repeatingDigits(from: position) { return emit(.repeating(digits, repeated)) }
        takeExponent(into: &digits)
        emit(.number(digits))
    }

    private mutating func takeDigits() -> String {
        let start = position
        while let next = peek(), next.isLatinDigit { position += 1 }
        return String(characters[start..<position])
    }

    /// Groups of three digits after a separator: "1,000", "1{,}000", "1\,000", "1 000".
    private mutating func takeThousands(into digits: inout String, from start: Int) {
        guard !digits.isEmpty, digits.count <= 3 else { return }
        let followsComma = start > 0 && characters[start - 1] == ","
        func group(after separator: String) -> Range<Int>? {
            let first = position + separator.unicodeScalars.count
            guard first + 3 <= characters.count,
                zip(separator.unicodeScalars, characters[position...]).allSatisfy({ $0 == $1 }),
                characters[first..<first + 3].allSatisfy(\.isLatinDigit)
            else { return nil }
            let isLonger = first + 3 < characters.count && characters[first + 3].isLatinDigit
            return isLonger ? nil : first..<first + 3
        }
        for separator in [",", "{,}", "{,}\\!", ",\\!", "\\,", "\\!", "\\ ", "\\;", "~", " "] {
            if separator == ",", followsComma || (depth > 0 && !hasSpacedCommas) || digits == "0" { continue }
            var taken = digits
            let before = position
            while let range = group(after: separator) {
                taken += String(characters[range])
                position = range.upperBound
            }
            guard position > before else { continue }
            // "1,200,3" is a list.
            if separator == ",", peek() == ",", peek(1)?.isLatinDigit == true {
                position = before
                continue
            }
            digits = taken
            return
        }
    }

    /// The digits of \overline{…}, \bar{…} or \dot{…} at `index`; moves behind it.
    private mutating func repeatingDigits(from index: Int) -> String? {
        for command in ["\\overline{", "\\bar{", "\\dot{"] {
            let first = index + command.count
            guard first < characters.count, zip(command.unicodeScalars, characters[index...]).allSatisfy({ $0 == $1 })
            else { continue }
            var end = first
            while end < characters.count, characters[end].isLatinDigit, end - first < 100 { end += 1 }
            guard end > first, end < characters.count, characters[end] == "}" else { continue }
            position = end + 1
            return String(characters[first..<end])
        }
        return nil
    }

    /// "3e5", not "3e".
    private mutating func takeExponent(into digits: inout String) {
        guard peek() == "e" || peek() == "E" else { return }
        var offset = 1
        if peek(1) == "+" || peek(1) == "-" { offset = 2 }
        let start = position + offset
        var end = start
        while end < characters.count, characters[end].isLatinDigit { end += 1 }
        guard end > start, end - start <= 4, end == characters.count || !characters[end].isAlphabetic else { return }
        digits += "e" + String(characters[(position + 1)..<end])
        position = end
    }
}
