import WhetCore
import WhetYAML

/// One key of a recipe: all that parsing, checking, `whet recipe explain` and docs/recipes.md know of it.
public struct RecipeKey: Sendable {
    public let name: String
    public let kind: Kind
    /// nil: the key must be given.
    public let defaultValue: JSONValue?
    /// What it does, in one line.
    public let summary: String
    public let unit: String?
    /// Other names that mean the same key.
    public let aliases: [String]
    /// The property of its section that it fills.
    let property: String

    init(
        _ name: String, _ kind: Kind, default defaultValue: JSONValue?, _ summary: String, unit: String? = nil,
        aliases: [String] = [], property: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        self.summary = summary
        self.unit = unit
        self.aliases = aliases
        self.property = property ?? name.asProperty
    }

    /// A section of keys. Its default is that of its keys.
    init(_ name: String, section keys: [RecipeKey], _ summary: String) {
        self.init(name, .section(keys), default: [:], summary)
    }
}

extension RecipeKey {
    /// What a key's value may be.
    public indirect enum Kind: Sendable {
        case integer(ClosedRange<Int>)
        /// A whole number, or this word.
        case integerOr(String, ClosedRange<Int>)
        case number(NumberRange)
        case boolean
        case text
        case choice([String])
        /// A number, or a list of the lowest and the highest.
        case levels(ClosedRange<Int>)
        case list(Kind, count: ClosedRange<Int>)
        /// Any mapping; somebody else knows its keys.
        case settings
        /// A name, or a mapping of `name` and settings that somebody else knows.
        case named
        case section([RecipeKey])
        /// A list of mappings, each with these keys.
        case sections([RecipeKey])
        /// Null, or that.
        case optional(Kind)
    }
}

/// The numbers that a key takes.
public struct NumberRange: Sendable, CustomStringConvertible {
    public let lower: Double
    public let upper: Double
    public let excludesLower: Bool
    public let excludesUpper: Bool

    public static func atLeast(_ lower: Double) -> Self { Self(lower: lower) }
    public static func above(_ lower: Double) -> Self { Self(lower: lower, excludesLower: true) }
    public static func from(_ lower: Double, to upper: Double) -> Self { Self(lower: lower, upper: upper) }
    public static func above(_ lower: Double, to upper: Double) -> Self {
        Self(lower: lower, upper: upper, excludesLower: true)
    }
    public static func from(_ lower: Double, below upper: Double) -> Self {
        Self(lower: lower, upper: upper, excludesUpper: true)
    }

    private init(lower: Double, upper: Double = .infinity, excludesLower: Bool = false, excludesUpper: Bool = false) {
        self.lower = lower
        self.upper = upper
        self.excludesLower = excludesLower
        self.excludesUpper = excludesUpper
    }

    public func contains(_ value: Double) -> Bool {
        value.isFinite && (excludesLower ? value > lower : value >= lower)
            && (excludesUpper ? value < upper : value <= upper)
    }

    public var description: String {
        let low = "\(excludesLower ? "above" : "at least") \(lower.brief)"
        guard upper.isFinite else { return low }
        if !excludesLower && !excludesUpper { return "\(lower.brief) to \(upper.brief)" }
        return "\(low) and \(excludesUpper ? "below" : "at most") \(upper.brief)"
    }
}

extension RecipeKey.Kind: CustomStringConvertible {
    /// What was expected, for a person.
    public var description: String {
        switch self {
        case .integer(let range): range.asWholeNumber
        case .integerOr(let word, let range): "\(range.asWholeNumber), or \(word)"
        case .number(let range): "a number \(range.lower.isFinite ? "\(range)" : "")"
        case .boolean: "true or false"
        case .text: "text"
        case .choice(let names): "one of \(names.joined(separator: ", "))"
        case .levels(let range): "a level or [lowest, highest], each \(range.asWholeNumber)"
        case .list(let element, let count) where count.lowerBound == count.upperBound:
            "a list of \(count.lowerBound), each \(element)"
        case .list(let element, let count): "a list\(count.lowerBound > 0 ? " that is not empty" : ""), each \(element)"
        case .settings: "a mapping of settings"
        case .named: "a name, or a mapping of name and settings"
        case .section(let keys): "a mapping of \(keys.map(\.name).joined(separator: ", "))"
        case .sections(let keys): "a list of mappings, each of \(keys.map(\.name).joined(separator: ", "))"
        case .optional(let kind): "\(kind), or null"
        }
    }

    /// The keys of a section, or of a list's or an optional's sections.
    public var keys: [RecipeKey]? {
        switch self {
        case .section(let keys), .sections(let keys): keys
        case .optional(let kind): kind.keys
        default: nil
        }
    }
}

extension String {
    /// A key's name as Swift writes it: max_new_tokens is maximumNewTokens.
    fileprivate var asProperty: String {
        let words = split(separator: "_").map { $0 == "max" ? "maximum" : String($0) }
        return words.dropFirst().reduce(words.first ?? "") { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }
}

extension RecipeKey.Kind {
    /// One of an enumeration's cases, by the words that stand for them.
    static func choice<Case: CaseIterable & RawRepresentable<String>>(of type: Case.Type) -> Self {
        .choice(type.allCases.map(\.rawValue))
    }
}

extension Double {
    /// Without ".0".
    var brief: String { self == rounded() && abs(self) < 1e15 ? String(Int(self)) : "\(self)" }
}
