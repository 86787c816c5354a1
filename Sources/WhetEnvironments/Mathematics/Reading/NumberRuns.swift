/// Numbers and sums of numbers in prose.
enum NumberRuns {
    private static let inside = Set("0123456789.,+-*/^()%= ×÷−".unicodeScalars)

    /// The last run of characters that numbers are made of, and the last number in it.
    static func last(in characters: [Unicode.Scalar]) -> [String] {
        guard let digit = characters.lastIndex(where: \.isLatinDigit) else { return [] }
        var end = digit + 1
        while end < characters.count, characters[end] == "%" || characters[end] == ")" || characters[end] == "!" {
            end += 1
        }
        var start = digit
        while start > 0, end - start < 200, inside.contains(characters[start - 1]) { start -= 1 }
        return runs(characters, start, digit, end)
    }

    /// The number behind "is" or an equals sign that ends a text in which no formula follows.
    static func concluding(_ characters: [Unicode.Scalar]) -> String? {
        let tail = characters.suffix(60)
        guard let digit = tail.lastIndex(where: \.isLatinDigit), !tail[digit...].contains("$"),
            !tail[digit...].contains("\\")
        else { return nil }
        var start = digit
        while start > tail.startIndex, tail[start - 1].isLatinDigit || ".,-/".unicodeScalars.contains(tail[start - 1]) {
            start -= 1
        }
        let words = String(tail[..<start]).lowercased().split { $0.isWhitespace || $0 == "*" }
        guard let word = words.last, ["is", "=", "are", "get", "gives", "equals"].contains(word) else { return nil }
        return String(AnswerSource.trimmed(Array(tail[start...digit])))
    }

    static func first(in characters: [Unicode.Scalar]) -> String? {
        guard let digit = characters.firstIndex(where: \.isLatinDigit) else { return nil }
        var end = digit
        while end < characters.count, inside.contains(characters[end]), characters[end] != " " { end += 1 }
        var start = digit
        while start > 0, "-.(+".unicodeScalars.contains(characters[start - 1]) { start -= 1 }
        return String(AnswerSource.trimmed(Array(characters[start..<end])))
    }

    private static func runs(_ characters: [Unicode.Scalar], _ start: Int, _ digit: Int, _ end: Int) -> [String] {
        let run = String(AnswerSource.trimmed(Array(characters[start..<end])))
        var first = digit
        while first > 0, characters[first - 1].isLatinDigit || ".,-/".unicodeScalars.contains(characters[first - 1]) {
            first -= 1
        }
        return [run, String(AnswerSource.trimmed(Array(characters[first..<end])))]
    }
}
