/// "The final answer is", "Answer:", "####".
enum FinalPhrase {
    /// What stands behind the last phrase that announces the answer.
    static func tail(of characters: [Unicode.Scalar]) -> ArraySlice<Unicode.Scalar>? {
        if let marks = AnswerSource.lastIndex(of: "####", in: characters, before: characters.count) {
            return characters[(marks + 4)...]
        }
        let lowered = characters.map(\.lowered)
        var end = lowered.count
        for _ in 0..<5 {
            guard let word = AnswerSource.lastIndex(of: "answer", in: lowered, before: end) else { return nil }
            end = word
            var index = word + "answer".count
            var hasVerb = false
            // Up to five words may stand before "is": "the answer to your question is".
            let limit = min(lowered.count, index + 60)
            while index < limit {
                let character = lowered[index]
                if character == ":" || character == "=" {
                    hasVerb = true
                    index += 1
                    break
                }
                if index + 4 <= lowered.count,
                    lowered[index..<index + 4].elementsEqual(" is ".unicodeScalars)
                        || lowered[index..<index + 4].elementsEqual(" is:".unicodeScalars)
                {
                    hasVerb = true
                    index += 3
                    break
                }
                if character.breaksLine || character == "." || character == "$" { break }
                index += 1
            }
            if hasVerb {
                while index < lowered.count, " :*".unicodeScalars.contains(lowered[index]) || lowered[index].breaksLine
                { index += 1 }
                if index < lowered.count { return characters[index...] }
            }
        }
        return nil
    }
}
