import WhetCore

/// Finds the program in what a policy wrote.
enum ProgramText {
    /// The program: the last code block of the answer or, where there is none, the answer itself; without an answer the
    /// last code block of the whole message. nil where there is neither.
    ///
    /// - Parameter languages: how blocks of the wanted language are labelled. Blocks with another label count only
    ///   where no wanted or unlabelled one is.
    static func program(answer: String?, reply: String, languages: [String]) -> String? {
        if let answer {
            let program = lastBlock(in: answer, languages: languages) ?? answer
            return program.utf8.allSatisfy(\.isASCIISpace) ? nil : program
        }
        return lastBlock(in: reply, languages: languages)
    }

    /// The last fenced code block (``` or ~~~, CommonMark section 4.5) that is closed and not empty.
    static func lastBlock(in text: String, languages: [String]) -> String? {
        var wanted: String?
        var other: String?
        var block: (fence: Substring, label: String, lines: [Substring])?
        // By scalars: as a character, \r\n is one.
        for line in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(Substring.init) {
            let content = line.drop { $0 == " " }
            if let open = block {
                // A fence is closed by one of the same sign that is at least as long, and nothing after it.
                let closing = content.prefix { $0 == open.fence.first }
                if closing.count >= open.fence.count, content.dropFirst(closing.count).allSatisfy(\.isWhitespace) {
                    let program = open.lines.joined(separator: "\n")
                    block = nil
                    guard !program.utf8.allSatisfy(\.isASCIISpace) else { continue }
                    if open.label.isEmpty || languages.contains(open.label) {
                        wanted = program
                    } else {
                        other = program
                    }
                } else {
                    block?.lines.append(line.last == "\r" ? line.dropLast() : line)
                }
            } else if let sign = content.first, sign == "`" || sign == "~" {
                let fence = content.prefix { $0 == sign }
                guard fence.count >= 3 else { continue }
                let label = content.dropFirst(fence.count).split(whereSeparator: { $0.isWhitespace || $0 == "{" }).first
                // ```like this``` is code within a line.
                if label?.contains("`") == true { continue }
                block = (fence, (label.map(String.init) ?? "").lowercased(), [])
            }
        }
        return wanted ?? other
    }
}
