/// \boxed{…} and \fbox{…}.
enum BoxedGroups {
    /// The content of the last group; of several with nothing but "and", "or" and commas between them, all of them.
    static func lastContent(of characters: [Unicode.Scalar]) -> String? {
        var contents: [String] = []
        var end = characters.count
        while contents.count < 20, let start = lastStart(in: characters, before: end) {
            let (content, close) = content(in: characters, from: start.content, limit: end)
            if !contents.isEmpty {
                guard let close else { break }
                let between = String(characters[close..<end]).lowercased().filter { !" \n\t$,;.*\\()[]".contains($0) }
                guard
                    between.isEmpty
                        || ["and", "or", "textand", "textor", "{and}", "text{and}", "text{or}"].contains(between)
                else { break }
            }
            if contents.last != content { contents.append(content) }
            end = start.command
        }
        return contents.isEmpty ? nil : contents.reversed().joined(separator: ",")
    }

    private static func lastStart(in characters: [Unicode.Scalar], before end: Int) -> (command: Int, content: Int)? {
        var index = end - 5
        while index >= 0 {
            if characters[index] == "\\" {
                for name in ["\\boxed", "\\fbox"] where index + name.count <= end {
                    guard zip(name.unicodeScalars, characters[index...]).allSatisfy({ $0 == $1 }) else { continue }
                    var first = index + name.count
                    while first < end, characters[first] == " " { first += 1 }
                    return (index, first)
                }
            }
            index -= 1
        }
        return nil
    }

    /// What the braces hold, and where they end; without braces, or if they are not closed, all the rest.
    private static func content(in characters: [Unicode.Scalar], from start: Int, limit: Int) -> (String, Int?) {
        guard start < characters.count, characters[start] == "{" else {
            let rest = characters[min(start, limit)..<limit].prefix { !$0.breaksLine && $0 != "$" }
            return (String(AnswerSource.trimmed(Array(rest))), nil)
        }
        var open = 0
        for index in start..<limit {
            if characters[index] == "{" { open += 1 }
            if characters[index] == "}" {
                open -= 1
                if open == 0 { return (String(characters[(start + 1)..<index]), index + 1) }
            }
        }
        return (String(characters[(start + 1)..<limit]), nil)
    }
}
