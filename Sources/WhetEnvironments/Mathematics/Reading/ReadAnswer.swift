/// One side of a comparison: the text that holds the answer, and what it says.
struct ReadAnswer: Sendable {
    /// The first candidate that could be read, else the best one.
    let text: String
    let node: MathNode?
    /// Other readings of the same text: "3,5" in prose may be 3.5.
    let alternatives: [MathNode]
    /// Why it could not be read.
    let problem: String
    let choice: ChoiceLetter?
    /// All that may hold the answer, without what does not show on paper: for what is written alike.
    let writings: [String]

    /// - Parameter writingLimit: longer texts, in bytes, cannot be written as the gold answer is.
    init(_ source: String, isWhole: Bool, writingLimit: Int = .max) {
        let candidates = AnswerSource.candidates(in: source, isWhole: isWhole)
        var problem = "nothing is there"
        // What the answer may be written as: candidates up to the one that can be read.
        var tried: [AnswerSource] = []
        let first = candidates.first { !$0.text.isEmpty }
        func writings() -> [String] {
            tried.prefix(4).filter { $0.text.utf8.count <= writingLimit }.map { Self.normalized($0.text) }
                .filter { !$0.isEmpty }
        }
        for candidate in candidates where !candidate.text.isEmpty {
            tried.append(candidate)
            do {
                let node = try Self.read(candidate)
                self.node = node
                text = candidate.text
                choice = first.flatMap { ChoiceLetter($0.text) } ?? ChoiceLetter(candidate.text)
                var others = Self.otherReadings(candidate)
                // "(B) 12" says 12, too.
                if let choice, !choice.isBare, let content = try? MathParser.parse(choice.rest) {
                    others.append(content)
                }
                alternatives = others
                self.writings = writings()
                self.problem = ""
                return
            } catch {
                problem = error.reason
            }
        }
        text = first?.text ?? ""
        self.writings = writings()
        node = nil
        alternatives = []
        choice = ChoiceLetter(text)
        self.problem = problem
    }

    /// Whether it is the letter of a choice and nothing else could be meant.
    var isChoice: Bool {
        guard let choice, choice.isBare else { return false }
        return text.contains("(") || text.count > 1 || text == text.uppercased()
    }

    private static func read(_ candidate: AnswerSource) throws(MathFailure) -> MathNode {
        let text = lastStep(candidate.text)
        // A word or two alone: "Tuesday".
        if candidate.isPlain, let words = words(text) { return .text(words) }
        return try MathParser.parse(text, isPlain: candidate.isPlain)
    }

    /// What stands behind the last arrow.
    private static func lastStep(_ text: String) -> String {
        for arrow in ["\\Rightarrow", "\\implies", "\\Longrightarrow", "⇒", "=>"] where text.contains(arrow) {
            if let range = text.ranges(of: arrow).last { return String(text[range.upperBound...]) }
        }
        return text
    }

    private static func words(_ text: String) -> String? {
        guard text.count <= 60, text.filter(\.isLetter).count > 3 else { return nil }
        let words = text.split(separator: " ")
        guard words.count <= 4, text.allSatisfy({ $0.isLetter || $0 == " " || $0 == "-" || $0 == "'" }),
            words.allSatisfy({ MathSpelling.words[String($0)] == nil })
        else { return nil }
        return text.trimmedWords
    }

    private static func otherReadings(_ candidate: AnswerSource) -> [MathNode] {
        let parts = candidate.text.split(separator: ",", omittingEmptySubsequences: false)
        // "9,000" is nine thousand.
        guard candidate.isPlain, parts.count == 2, parts[1].count > 0, parts[1].count != 3, parts[1].count <= 20,
            parts[1].allSatisfy(\.isLatinDigit),
            parts[0].drop(while: { $0 == "-" }).allSatisfy(\.isLatinDigit), parts[0].last?.isLatinDigit == true,
            let node = try? MathParser.parse(parts.joined(separator: "."), isPlain: true)
        else { return [] }
        return [node]
    }

    /// The text without what does not show on paper, in lower case: for comparing what could not be read.
    private static func normalized(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var result = String.UnicodeScalarView()
        var last: Unicode.Scalar?
        var hasSpace = false
        var index = 0
        func append(_ scalar: Unicode.Scalar) {
            // "1 2" is not "12".
            if hasSpace, scalar.isLatinDigit, last?.isLatinDigit == true { result.append(" ") }
            hasSpace = false
            last = scalar
            result.append(scalar)
        }
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            if scalar == "\\" {
                let start = index
                while index < scalars.count, index - start < 20, scalars[index].isASCII, scalars[index].isAlphabetic {
                    index += 1
                }
                let name = String(scalars[start..<index])
                if name.isEmpty, index < scalars.count, ",!;: ()".unicodeScalars.contains(scalars[index]) {
                    index += 1
                    hasSpace = true
                } else if invisible.contains(name) {
                    hasSpace = true
                } else {
                    append("\\")
                    for letter in (name == "dfrac" || name == "tfrac" ? "frac" : name).unicodeScalars { append(letter) }
                }
            } else if scalar.isSpace || scalar == "$" {
                hasSpace = true
            } else if scalar != "\"" {
                append(scalar.lowered)
            }
        }
        return String(result)
    }

    private static let invisible: Set<String> = [
        "left", "right", "displaystyle", "text", "mathrm", "textbf", "mathbf", "mbox", "textit", "textrm", "quad",
    ]
}

/// Letters in either case are one name, unless an answer uses both.
enum SymbolCase {
    static func unified(_ left: MathNode, _ right: MathNode) -> (MathNode, MathNode) {
        for names in [left.symbols, right.symbols] {
            if Set(names.map { $0.lowercased() }).count < names.count { return (left, right) }
        }
        return (lowered(left), lowered(right))
    }

    private static func lowered(_ node: MathNode) -> MathNode {
        guard case .symbol(let name) = node else { return node.mapChildren { lowered($0) } }
        let lower = name.lowercased()
        return lower == "e" && name.count == 1 ? .constant(.e) : .symbol(lower)
    }
}
