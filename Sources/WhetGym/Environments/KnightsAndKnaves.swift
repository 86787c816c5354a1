import WhetCore
import WhetEnvironments

/// Who always tells the truth and who always lies, from what they say of each other.
struct KnightsAndKnaves: ProceduralEnvironment {
    static let name = "KnightsAndKnaves"
    static let summary = "Who always tells the truth and who always lies, from what they say of each other"
    /// Thirteen people: 2¹³ ways to be knights and knaves are tried for each draw of statements.
    static let maximumLevel = 10

    struct Problem: Codable, Sendable {
        let count, depth, width: Int
        let names: [String]
        /// The problem in words.
        let quiz: String
        let referenceAnswer: String
        /// knight or knave, for each name.
        let goldAnswer: [String: String]

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case depth = "depth_constraint"
            case width = "width_constraint"
            case names, quiz
            case referenceAnswer = "reference_answer"
            case goldAnswer = "gold_answer"
        }
    }

    /// None ends with another, because a name is looked for within the answer.
    private static let names = [
        "Ada", "Bruno", "Clara", "Dmitri", "Edith", "Felix", "Greta", "Hugo", "Ines", "Jonas", "Kofi", "Lena", "Marek",
        "Nadia", "Oskar", "Petra", "Quentin", "Rosa", "Simon", "Tilda", "Ulrich", "Vera", "Wim", "Xaver", "Yusuf",
        "Zelda",
    ]

    /// What somebody says: one or two claims of who is what.
    private struct Statement {
        enum Form: Int, CaseIterable { case single, negation, and, or, implication, equivalence }
        struct Claim: Equatable {
            let person: Int
            let isKnight: Bool
        }

        let form: Form
        let first, second: Claim

        /// - Parameter knights: a bit a person.
        func holds(_ knights: Int) -> Bool {
            let a = (knights >> first.person & 1 == 1) == first.isKnight
            let b = (knights >> second.person & 1 == 1) == second.isKnight
            switch form {
            case .single: return a
            case .negation: return !a
            case .and: return a && b
            case .or: return a || b
            case .implication: return !a || b
            case .equivalence: return a == b
            }
        }

        func words(_ names: [String]) -> String {
            func words(_ claim: Claim, _ verb: String = "is") -> String {
                "\(names[claim.person]) \(verb) a \(claim.isKnight ? "knight" : "knave")"
            }
            switch form {
            case .single: return words(first)
            case .negation: return words(first, "is not")
            case .and: return words(first) + " and " + words(second)
            case .or: return words(first) + " or " + words(second)
            case .implication: return "if " + words(first) + ", then " + words(second)
            case .equivalence: return words(first) + " exactly if " + words(second)
            }
        }
    }

    init() {}

    /// Three people at level 0, one more a level; drawn until there is exactly one solution.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = 3 + level
        let names = random.sample(count, of: Self.names.count).map { Self.names[$0] }
        while true {
            let statements = (0..<count).map { Self.statement(of: $0, count: count, &random) }
            guard let knights = Self.onlySolution(statements) else { continue }
            let roles = (0..<count).map { knights >> $0 & 1 == 1 ? "knight" : "knave" }
            let said = zip(names, statements).map { "\($0) says: \"\($1.words(names)).\"" }
            let parts = zip(names, roles).map { "\($0) is a \($1)" }
            return Problem(
                count: count, depth: 2, width: 2, names: names,
                quiz: "Knights always tell the truth; knaves always lie. "
                    + "\(Self.list(names)) are each one or the other. " + said.joined(separator: " "),
                referenceAnswer: Self.list(parts) + ".",
                goldAnswer: Dictionary(zip(names, roles), uniquingKeysWith: { first, _ in first }))
        }
    }

    private static func statement(of person: Int, count: Int, _ random: inout RandomStream) -> Statement {
        func claim(_ random: inout RandomStream) -> Statement.Claim {
            while true {
                let claim = Statement.Claim(person: random.integer(0...count - 1), isKnight: random.chance(0.5))
                // Nobody can say "I am a knave".
                if claim.isKnight || claim.person != person { return claim }
            }
        }
        let form = random.element(of: Statement.Form.allCases)
        let first = claim(&random)
        var second = claim(&random)
        while second == first { second = claim(&random) }
        return Statement(form: form, first: first, second: second)
    }

    /// nil if there are none or several.
    private static func onlySolution(_ statements: [Statement]) -> Int? {
        var solution: Int?
        for knights in 0..<1 << statements.count {
            var isConsistent = true
            for (person, statement) in statements.enumerated()
            where statement.holds(knights) != (knights >> person & 1 == 1) {
                isConsistent = false
                break
            }
            guard isConsistent else { continue }
            guard solution == nil else { return nil }
            solution = knights
        }
        return solution
    }

    private static func list(_ parts: [String]) -> String {
        parts.dropLast().joined(separator: ", ") + ", and " + (parts.last ?? "")
    }

    func prompt(for problem: Problem) -> String {
        """
        \(problem.quiz)
        Who is what? Answer in this form, with everyone once and the right word for each: \
        \(Self.list(problem.names.map { "\($0) is a knight/knave" })).
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 somebody left out or named twice, else (share of people right)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        let text = answer.withPlainBytes(readingDigits: false) {
            $0.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 }
        }
        let knights = text.count(of: "knight")
        guard knights + text.count(of: "knave") == problem.count, !problem.names.isEmpty else { return -1 }
        var right = 0
        for name in problem.names {
            guard let role = Self.role(of: Array(name.lowercased().utf8), in: text) else { return -1 }
            if role == problem.goldAnswer[name] { right += 1 }
        }
        return share(right, of: problem.names.count, exponent: 10)
    }

    /// What follows the first "name is a" that a role follows; white space between the words as it likes.
    private static func role(of name: [UInt8], in text: [UInt8]) -> String? {
        for start in text.indices where text[start...].starts(with: name) {
            var position = start + name.count
            guard text.skip(&position, spaceThen: "is"), text.skip(&position, spaceThen: "a") else { continue }
            var attempt = position
            if text.skip(&attempt, spaceThen: "knight") { return "knight" }
            if text.skip(&position, spaceThen: "knave") { return "knave" }
        }
        return nil
    }
}

extension [UInt8] {
    /// How often a word stands in the text.
    fileprivate func count(of word: StaticString) -> Int {
        word.withUTF8Buffer { word in
            guard count >= word.count else { return 0 }
            return (0...count - word.count).count { self[$0..<$0 + word.count].elementsEqual(word) }
        }
    }

    /// Moves on past white space, at least some, and the word, if they stand there.
    fileprivate func skip(_ position: inout Int, spaceThen word: StaticString) -> Bool {
        var next = position
        while next < count, self[next].isWhiteSpace { next += 1 }
        guard next > position else { return false }
        return word.withUTF8Buffer { word in
            guard self[next...].starts(with: word) else { return false }
            position = next + word.count
            return true
        }
    }
}
