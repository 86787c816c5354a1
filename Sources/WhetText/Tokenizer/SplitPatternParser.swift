import WhetCore

extension SplitPattern {
    /// Reads a pattern.
    ///
    /// - Throws: `WhetError` that names the construct which is not understood and where it stands.
    init(parsing source: String) throws {
        var parser = SplitPatternParser(source)
        self = try parser.parseWhole()
    }
}

/// Recursive descent over the scalars of a pattern.
///
/// Keeps: groups nest at most `deepest` levels and a bounded repetition counts at most `mostRepetitions`, so that no
/// pattern, however hostile, makes the parser or the matcher overflow.
struct SplitPatternParser {
    private static let deepest = 50
    private static let mostRepetitions = 1000

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var ignoresCase = false
    private var depth = 0

    init(_ source: String) { scalars = Array(source.unicodeScalars) }

    mutating func parseWhole() throws -> SplitPattern {
        let pattern = try parseAlternation()
        guard position == scalars.count else { throw failure("a parenthesis closes nothing") }
        return pattern
    }

    // MARK: Groups and repetitions

    private mutating func parseAlternation() throws -> SplitPattern {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw failure("groups nest too deeply") }
        let outerCase = ignoresCase
        defer { ignoresCase = outerCase }
        var choices = [try parseSequence()]
        while take("|") { choices.append(try parseSequence()) }
        return choices.count == 1 ? choices[0] : .alternation(choices)
    }

    private mutating func parseSequence() throws -> SplitPattern {
        var parts: [SplitPattern] = []
        while let next = peek(), next != "|", next != ")" {
            guard let part = try parseAtom() else { continue }
            parts.append(try parseRepetition(of: part))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    /// - Returns: nil for what only changes how the rest is read.
    private mutating func parseAtom() throws -> SplitPattern? {
        guard let scalar = next() else { throw failure("the pattern ends too early") }
        switch scalar {
        case "(": return try parseGroup()
        case "[": return .set(withCase(try parseClass()))
        case ".": return .set(ScalarSet("\n").inverted)
        case "^": return .start
        case "$": return .end
        case "\\":
            if take("A") { return .start }
            if take("z") { return .end }
            return .set(withCase(try parseEscape()))
        case "*", "+", "?": throw failure("there is nothing to repeat")
        default: return .set(withCase(ScalarSet(scalar)))
        }
    }

    private mutating func parseGroup() throws -> SplitPattern? {
        guard take("?") else { return try closed(parseAlternation()) }
        if take("=") { return .lookahead(try closed(parseAlternation()), negated: false) }
        if take("!") { return .lookahead(try closed(parseAlternation()), negated: true) }
        if take(">") { return .atomic(try closed(parseAlternation())) }
        var enabled = true
        var ignoring = ignoresCase
        while let option = next() {
            switch option {
            case "i": ignoring = enabled
            case "-": enabled = false
            case ")":
                // The option holds to the end of the group that it stands in.
                ignoresCase = ignoring
                return nil
            case ":":
                let outer = ignoresCase
                defer { ignoresCase = outer }
                ignoresCase = ignoring
                return try closed(parseAlternation())
            default: throw failure("the group (?\(option) is not supported")
            }
        }
        throw failure("a group is not closed")
    }

    private mutating func closed(_ pattern: SplitPattern) throws -> SplitPattern {
        guard take(")") else { throw failure("a group is not closed") }
        return pattern
    }

    private mutating func parseRepetition(of part: SplitPattern) throws -> SplitPattern {
        var pattern = part
        while true {
            let least: Int
            let most: Int?
            if take("*") {
                (least, most) = (0, nil)
            } else if take("+") {
                (least, most) = (1, nil)
            } else if take("?") {
                (least, most) = (0, 1)
            } else if let bounds = try parseBounds() {
                // After {m,n} a plus is another repetition, not possessiveness; a question mark means lazy.
                let greed: SplitPattern.Greed = take("?") ? .lazy : .greedy
                pattern = .repetition(pattern, atLeast: bounds.least, atMost: bounds.most, greed)
                continue
            } else {
                return pattern
            }
            let greed: SplitPattern.Greed = take("?") ? .lazy : take("+") ? .possessive : .greedy
            pattern = .repetition(pattern, atLeast: least, atMost: most, greed)
        }
    }

    /// `{3}`, `{1,3}`, `{2,}` or `{,3}`; nil, and nothing consumed, where the brace is meant as itself.
    private mutating func parseBounds() throws -> (least: Int, most: Int?)? {
        let start = position
        guard take("{") else { return nil }
        let least = number()
        let hasComma = take(",")
        let most = hasComma ? number() : least
        guard take("}"), least != nil || most != nil else {
            position = start
            return nil
        }
        guard max(least ?? 0, most ?? 0) <= Self.mostRepetitions, (least ?? 0) <= (most ?? .max) else {
            throw failure("the bounds of a repetition are out of range")
        }
        return (least ?? 0, most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = peek(), ("0"..."9").contains(scalar), (value ?? 0) < 1_000_000 {
            value = (value ?? 0) * 10 + Int(scalar.value - 48)
            position += 1
        }
        return value
    }

    // MARK: Classes

    /// What stands in square brackets, the opening one consumed.
    private mutating func parseClass() throws -> ScalarSet {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw failure("classes nest too deeply") }
        let negated = take("^")
        var set = ScalarSet.empty
        var intersected: ScalarSet?
        var isFirst = true
        while let scalar = next() {
            switch scalar {
            case "]" where !isFirst:
                let whole = intersected.map { $0.intersection(set) } ?? set
                return negated ? withCase(whole).inverted : whole
            case "[":
                set = try set.union(isPosixClass ? parsePosixClass() : parseClass())
            case "&" where peek() == "&":
                position += 1
                intersected = intersected.map { $0.intersection(set) } ?? set
                set = .empty
            default:
                set = set.union(try parseRange(from: scalar))
            }
            isFirst = false
        }
        throw failure("a class is not closed")
    }

    private mutating func parseRange(from scalar: Unicode.Scalar) throws -> ScalarSet {
        let low = scalar == "\\" ? try parseEscape() : ScalarSet(scalar)
        guard peek() == "-", position + 1 < scalars.count, scalars[position + 1] != "]",
            let lowest = low.single
        else { return low }
        position += 1
        guard let end = next() else { throw failure("a class is not closed") }
        let high = end == "\\" ? try parseEscape() : ScalarSet(end)
        guard let highest = high.single, lowest <= highest else { throw failure("a range of a class is empty") }
        return ScalarSet([lowest...highest])
    }

    private var isPosixClass: Bool { peek() == ":" }

    private mutating func parsePosixClass() throws -> ScalarSet {
        position += 1
        var name = ""
        while let scalar = next(), scalar != ":" { name.unicodeScalars.append(scalar) }
        guard take("]") else { throw failure("a class is not closed") }
        let classes: [String: ScalarSet?] = [
            "alpha": UnicodeClasses.named("L"), "digit": UnicodeClasses.digits, "space": UnicodeClasses.whitespace,
            "upper": UnicodeClasses.named("Lu"), "lower": UnicodeClasses.named("Ll"), "word": UnicodeClasses.word,
        ]
        guard let set = classes[name] ?? nil else {
            throw WhetError.unknownName(name, kind: "character class", among: classes.keys, at: place)
        }
        return set
    }

    /// What follows a backslash.
    private mutating func parseEscape() throws -> ScalarSet {
        guard let scalar = next() else { throw failure("the pattern ends with a backslash") }
        switch scalar {
        case "p", "P": return try parseProperty(negated: scalar == "P")
        case "s": return UnicodeClasses.whitespace
        case "S": return UnicodeClasses.whitespace.inverted
        case "d": return UnicodeClasses.digits
        case "D": return UnicodeClasses.digits.inverted
        case "w": return UnicodeClasses.word
        case "W": return UnicodeClasses.word.inverted
        case "n": return ScalarSet("\n")
        case "r": return ScalarSet("\r")
        case "t": return ScalarSet("\t")
        case "f": return ScalarSet("\u{0C}")
        case "v": return ScalarSet("\u{0B}")
        case "a": return ScalarSet("\u{07}")
        case "e": return ScalarSet("\u{1B}")
        case "x": return try parseCodePoint(digits: 2)
        case "u": return try parseCodePoint(digits: 4)
        case "a"..."z", "A"..."Z", "0"..."9": throw failure("the escape \\\(scalar) is not supported")
        default: return ScalarSet(scalar)
        }
    }

    /// `\x41`, `\u4e00` or `\x{1F600}`, the letter consumed.
    private mutating func parseCodePoint(digits: Int) throws -> ScalarSet {
        let braced = take("{")
        var text = ""
        while let scalar = peek(), scalar.properties.isASCIIHexDigit, braced || text.count < digits {
            text.unicodeScalars.append(scalar)
            position += 1
        }
        guard let value = UInt32(text, radix: 16), let scalar = Unicode.Scalar(value), !braced || take("}") else {
            throw failure("a code point is not one")
        }
        return ScalarSet(scalar)
    }

    private mutating func parseProperty(negated: Bool) throws -> ScalarSet {
        var name = ""
        var inverted = negated
        if take("{") {
            if take("^") { inverted.toggle() }
            while let scalar = next(), scalar != "}" { name.unicodeScalars.append(scalar) }
        } else if let scalar = next() {
            name.unicodeScalars.append(scalar)
        }
        guard let set = UnicodeClasses.named(name) else {
            throw failure("the class \\p{\(name)} is not supported")
        }
        return inverted ? set.inverted : set
    }

    // MARK: Scalars

    private func withCase(_ set: ScalarSet) -> ScalarSet { ignoresCase ? set.ignoringCase : set }
    private func peek() -> Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func next() -> Unicode.Scalar? {
        guard position < scalars.count else { return nil }
        defer { position += 1 }
        return scalars[position]
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        position += 1
        return true
    }

    private var place: String { "split pattern, character \(position)" }
    private func failure(_ problem: String) -> WhetError {
        WhetError(problem, at: place, expected: "a pattern as byte-level BPE tokenizers have them")
    }
}

extension ScalarSet {
    /// The one scalar that the set holds, if it holds one.
    fileprivate var single: UInt32? {
        guard ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }
}
