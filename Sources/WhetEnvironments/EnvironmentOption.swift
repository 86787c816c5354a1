import WhetCore

/// One thing that a recipe may set for an environment.
public struct EnvironmentOption: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case integer(ClosedRange<Int>)
        case choice([String])
        /// Any JSON, which the environment itself looks at; this says what it takes.
        case json(String)
    }

    public let name: String
    public let kind: Kind
    /// null: not set.
    public let defaultValue: JSONValue
    /// One line for `whet env show`.
    public let summary: String

    public init(_ name: String, _ kind: Kind, default defaultValue: JSONValue = .null, summary: String) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        self.summary = summary
    }

    /// What a value has to be, for an error message.
    public var expectation: String {
        switch kind {
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .choice(let names): "one of \(names.joined(separator: ", "))"
        case .json(let expectation): expectation
        }
    }
}

/// Options that a recipe set, checked, with defaults for the others.
///
/// Keeps: every name is one that was declared, unless the environment checks others itself, and every value is of its
/// kind.
public struct EnvironmentOptions: Sendable {
    /// A recipe that sets nothing.
    public static let noneGiven: JSONObject = [:]

    private let values: JSONObject
    /// What the recipe said, without defaults.
    public let given: JSONObject

    /// - Parameters:
    ///   - isOpen: whether others than `declared` are let through.
    ///   - environment: what errors call it.
    /// - Throws: `WhetError` that names the unknown or wrong key, what was expected and the nearest valid name.
    public init(
        _ given: JSONObject = noneGiven, declared: [EnvironmentOption], isOpen: Bool = false, environment: String
    ) throws {
        self.given = given
        var values: JSONObject = [:]
        for option in declared { values[option.name] = option.defaultValue }
        for (name, value) in given {
            guard let option = declared.first(where: { $0.name == name }) else {
                if isOpen { continue }
                throw WhetError.unknownName(
                    name, kind: "option", among: declared.map(\.name), at: "environment \(environment)")
            }
            values[name] = try Self.checked(value, option, environment)
        }
        self.values = values
    }

    /// The value of a whole-number option; nil where it is not set and has no default.
    public func integer(_ name: String) -> Int? { values[name]?.integer }

    /// The value of a choice.
    public func choice(_ name: String) -> String? { values[name]?.string }

    private static func checked(_ value: JSONValue, _ option: EnvironmentOption, _ place: String) throws -> JSONValue {
        let place = "environment \(place), option \(option.name)"
        switch option.kind {
        case .integer(let range):
            guard let number = value.integer, range.contains(number) else {
                throw WhetError("\(value.text()) is not possible here", at: place, expected: option.expectation)
            }
        case .choice(let names):
            guard let name = value.string else {
                throw WhetError("\(value.text()) is not possible here", at: place, expected: option.expectation)
            }
            guard names.contains(name) else {
                throw WhetError.unknownName(name, kind: "choice", among: names, at: place)
            }
        case .json: break
        }
        return value
    }
}
