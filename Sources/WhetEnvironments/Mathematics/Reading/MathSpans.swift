/// $…$, $$…$$, \(…\) and \[…\].
enum MathSpans {
    struct Span {
        let start: Int
        let end: Int
        let content: String
    }

    static func spans(in characters: ArraySlice<Unicode.Scalar>) -> [Span] {
        var spans: [Span] = []
        var index = characters.startIndex
        func at(_ position: Int) -> Unicode.Scalar? { position < characters.endIndex ? characters[position] : nil }
        /// Where `mark` closes what begins at `start`; a dollar closes within its line.
        func close(_ mark: [Unicode.Scalar], from start: Int) -> Int? {
            var position = start
            while position < characters.endIndex {
                if mark == ["$"], characters[position].breaksLine { return nil }
                if characters[position] == mark[0], mark.count == 1 || at(position + 1) == mark[1] { return position }
                position += characters[position] == "\\" ? 2 : 1
            }
            return nil
        }
        var missing: Set<[Unicode.Scalar]> = []
        while index < characters.endIndex {
            var opening: (length: Int, mark: [Unicode.Scalar])?
            if characters[index] == "$" {
                opening = at(index + 1) == "$" ? (2, ["$", "$"]) : (1, ["$"])
            } else if characters[index] == "\\" {
                switch at(index + 1) {
                case "(": opening = (2, ["\\", ")"])
                case "[": opening = (2, ["\\", "]"])
                default:
                    index += 2
                    continue
                }
            }
            guard let opening, !missing.contains(opening.mark) else {
                index += 1
                continue
            }
            let start = index + opening.length
            guard let end = close(opening.mark, from: start) else {
                // A dollar's search ends with its line; others were searched to the end of the text.
                if opening.mark != ["$"] { missing.insert(opening.mark) }
                index = start
                continue
            }
            // "$5 and $7" is money.
            if opening.mark == ["$"], characters[end - 1].isSpace, at(end + 1)?.isLatinDigit == true {
                index = end
                continue
            }
            if end > start {
                spans.append(Span(start: index, end: end + opening.length, content: String(characters[start..<end])))
            }
            index = end + opening.length
        }
        return spans
    }

    /// The last formula, with those before it that only "and", "or" or a comma parts from it.
    static func joinedLast(in characters: [Unicode.Scalar]) -> String? {
        let spans = spans(in: characters[...])
        guard let last = spans.indices.last else { return nil }
        var first = last
        while first > 0, last - first < 8, isJoint(characters[spans[first - 1].end..<spans[first].start]) { first -= 1 }
        return content(Array(spans[first...last]), in: characters[...])
    }

    /// The formula at `start` with those that follow it.
    static func joined(in characters: ArraySlice<Unicode.Scalar>, from start: Int) -> String? {
        let spans = spans(in: characters).drop { $0.start < start }
        guard var last = spans.indices.first else { return nil }
        let first = last
        while last + 1 < spans.endIndex, last - first < 8, isJoint(characters[spans[last].end..<spans[last + 1].start])
        {
            last += 1
        }
        return content(Array(spans[first...last]), in: characters)
    }

    private static func isJoint(_ between: ArraySlice<Unicode.Scalar>) -> Bool {
        guard between.count <= 20 else { return false }
        let word = String(between).trimmedWords.filter { $0 != "," && $0 != " " }
        return ["and", "or"].contains(word) || (word.isEmpty && between.contains(","))
    }

    private static func content(_ spans: [Span], in characters: ArraySlice<Unicode.Scalar>) -> String {
        guard spans.count == 1, let only = spans.first else {
            return spans.map(\.content).joined(separator: " \\text{ or } ")
        }
        // "$9$%"
        let rest = characters[only.end...].drop { $0 == " " || $0 == "\\" }
        return only.content + (rest.first == "%" || String(rest.prefix(7)).lowercased() == "percent" ? "\\%" : "")
    }
}
