import WhetCore

/// An instruction of IFEval (Zhou et al. 2023, arXiv:2311.07911) that a machine can check: its id and what it asks for.
///
/// Keeps: it decides as google-research/instruction_following_eval does, but for sentences and languages, which are
/// told by rules of our own (`SentenceSplitter`, `LanguageDetector`); however long or odd a reply, checking takes
/// linear time.
struct Instruction: Sendable {
    typealias Check = @Sendable (_ reply: String) throws -> Bool

    let id: String
    private let check: Check

    /// - Parameter arguments: as in IFEval's rows, nulls for what others need included.
    /// - Throws: `WhetError` for an unknown id or argument, with the nearest, and for missing and wrong arguments.
    init(id: String, arguments: JSONObject, at place: String) throws {
        guard let kind = InstructionKind.all.first(where: { $0.id == id }) else {
            throw WhetError.unknownName(id, kind: "instruction", among: InstructionKind.all.map(\.id), at: place)
        }
        let place = "\(place), \(id)"
        let given = arguments.filter { !$0.value.isNull }
        self.id = id
        check = try kind.make(VerifierSettings(given, names: kind.arguments, at: place))
    }

    /// - Parameter loosely: whether it is enough that the reply follows without its first or last line, or without
    ///   asterisks: introductions and Markdown then do no harm.
    func isFollowed(by reply: String, loosely: Bool) throws -> Bool {
        guard loosely else { return try !reply.isBlank && check(reply) }
        return try reply.looseForms.contains { try !$0.isBlank && check($0) }
    }
}

/// A kind of instruction: its id, the names of its arguments and how it is checked.
struct InstructionKind: Sendable {
    let id: String
    let arguments: [String]
    let make: @Sendable (VerifierSettings) throws -> Instruction.Check

    init(
        _ id: String, _ arguments: [String] = [],
        make: @escaping @Sendable (VerifierSettings) throws -> Instruction.Check
    ) {
        self.id = id
        self.arguments = arguments
        self.make = make
    }

    /// One without arguments.
    init(_ id: String, check: @escaping Instruction.Check) { self.init(id) { _ in check } }

    static let all = keywords + lengths + formats + wholes
}

/// How often something is asked for.
struct Frequency: Sendable {
    enum Relation: String, CaseIterable, Sendable {
        case lessThan = "less than"
        case atLeast = "at least"
    }

    let relation: Relation
    let count: Int

    init(_ arguments: VerifierSettings, count name: String, relation relationName: String = "relation") throws {
        count = try arguments.required(name, arguments.integer(name, atLeast: 0), "a whole number")
        guard arguments[relationName] != nil else {
            throw WhetError(
                "the argument \"\(relationName)\" is missing", at: arguments.place, expected: "less than or at least")
        }
        relation = try arguments.choice(relationName, default: .atLeast)
    }

    func allows(_ number: Int) -> Bool {
        switch relation {
        case .lessThan: number < count
        case .atLeast: number >= count
        }
    }
}

extension String {
    var isBlank: Bool { unicodeScalars.allSatisfy(\.isPythonSpace) }

    /// The reply; without its first line, its last, both; each of these without asterisks, too.
    fileprivate var looseForms: [String] {
        let lines = split(onScalar: "\n")
        let cut = [lines.dropFirst(), lines.dropLast(), lines.dropFirst().dropLast()]
            .map { $0.joined(separator: "\n").trimmed }
        let forms = [self] + cut
        return forms + forms.map { String($0.unicodeScalars.filter { $0 != "*" }) }
    }

    /// The pieces between scalars, empty ones too. (A `Character` would take "\r\n" for one.)
    func split(onScalar separator: Unicode.Scalar) -> [String] {
        unicodeScalars.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }

    /// The pieces between occurrences of a text that is not empty.
    func split(onText separator: String) -> [String] {
        var pieces: [String] = []
        var rest = utf8[...]
        while let range = rest.firstPlace(of: separator.utf8) {
            pieces.append(String(Substring(rest[..<range.lowerBound])))
            rest = rest[range.upperBound...]
        }
        return pieces + [String(Substring(rest))]
    }
}
