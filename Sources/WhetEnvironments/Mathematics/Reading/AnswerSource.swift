/// The mathematics within a text: what stands in the last \boxed{…}, behind "the answer is", between dollars, or the
/// whole text, or the last number in it.
///
/// Keeps: linear in the length of the text; candidates come best first, and few.
struct AnswerSource: Equatable, Sendable {
    let text: String
    /// Whether it is prose that may be mathematics, not mathematics for sure.
    let isPlain: Bool

    /// - Parameter isWhole: the text is the answer itself (a gold answer, say): no words to look behind.
    static func candidates(in text: String, isWhole: Bool) -> [AnswerSource] {
        var characters = Array(text.unicodeScalars)
        guard characters.count <= characterLimit else { return [AnswerSource(text: text, isPlain: true)] }
        if let answer = tagged(characters) { characters = answer }
        characters = trimmed(characters)
        if let box = BoxedGroups.lastContent(of: characters) { return [AnswerSource(text: box, isPlain: false)] }
        var candidates: [AnswerSource] = []
        if !isWhole, let tail = FinalPhrase.tail(of: characters) {
            if let first = MathSpans.spans(in: tail.prefix(60)).first,
                let spans = MathSpans.joined(in: tail, from: first.start)
            {
                candidates.append(AnswerSource(text: spans, isPlain: false))
            }
            candidates += phrases(Array(tail))
        }
        if let spans = MathSpans.joinedLast(in: characters) {
            if !isWhole, let number = NumberRuns.concluding(characters) {
                candidates.append(AnswerSource(text: number, isPlain: true))
            }
            candidates.append(AnswerSource(text: spans, isPlain: false))
        }
        let whole = String(characters)
        let isTeX = isWhole || characters.contains("\\")
        candidates.append(AnswerSource(text: whole, isPlain: !isTeX))
        // A formula that cannot be read is not mended by a number in it.
        if isWhole || candidates.count > 1 { return candidates }
        candidates += NumberRuns.last(in: characters).map { AnswerSource(text: $0, isPlain: true) }
        return candidates
    }

    private static let characterLimit = 400_000

    /// What may be the answer in the text behind "the answer is".
    private static func phrases(_ tail: [Unicode.Scalar]) -> [AnswerSource] {
        let line = tail.prefix { !$0.breaksLine }.prefix(300)
        var cuts: [String] = [String(trimmed(Array(line)))]
        for index in line.indices.dropLast() where ".;,".unicodeScalars.contains(line[index]) && line[index + 1] == " "
        {
            cuts.insert(String(trimmed(Array(line[..<index]))), at: 0)
            if cuts.count > 4 { break }
        }
        let isTeX = line.contains("\\")
        var sources = cuts.reversed().map { AnswerSource(text: $0, isPlain: !isTeX) }
        if let number = NumberRuns.first(in: Array(line)) { sources.append(AnswerSource(text: number, isPlain: true)) }
        return sources
    }

    /// Between the last <answer> tags.
    private static func tagged(_ characters: [Unicode.Scalar]) -> [Unicode.Scalar]? {
        guard let close = lastIndex(of: "</answer>", in: characters, before: characters.count),
            let open = lastIndex(of: "<answer>", in: characters, before: close)
        else { return nil }
        return Array(characters[(open + "<answer>".count)..<close])
    }

    static func lastIndex(of word: String, in characters: [Unicode.Scalar], before end: Int) -> Int? {
        let word = Array(word.unicodeScalars)
        var index = end - word.count
        while index >= 0 {
            if characters[index] == word[0], characters[index..<index + word.count].elementsEqual(word) { return index }
            index -= 1
        }
        return nil
    }

    /// Without space, stars of Markdown and full stops at the ends.
    static func trimmed(_ characters: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var slice = characters[...]
        while let first = slice.first, first.isSpace || first == "*" || first == ":" { slice.removeFirst() }
        while let last = slice.last,
            last.isSpace || last == "*" || last == "." || last == "," || last == ";" || last == ":"
        {
            // "5\," ends in a space of TeX, "3!" in a factorial.
            slice.removeLast()
            if last != "*", slice.last == "\\" { slice.removeLast() }
        }
        return Array(slice)
    }
}
