import WhetCore

/// One number, choice or switch of an estimator, an objective or another part of an algorithm, under the name that a
/// recipe gives it.
///
/// Keeps: the default stands in one place, the property itself; a value of the wrong type or out of range is refused.
struct Setting<Owner: Sendable>: Sendable {
    let name: String
    /// What is allowed, in words: "a number of at least 0".
    let type: String
    /// One line for a person.
    let summary: String
    let read: @Sendable (Owner) -> JSONValue
    /// False when the value is not allowed.
    let write: @Sendable (inout Owner, JSONValue) -> Bool
}

/// What a person may read of a setting.
public struct SettingDescription: Hashable, Sendable {
    /// What a recipe calls it.
    public let name: String
    /// What is allowed, in words.
    public let type: String
    /// The value that it has.
    public let defaultValue: JSONValue
    /// One line for a person.
    public let summary: String
}

extension Setting {
    static func number(
        _ name: String, _ property: any WritableKeyPath<Owner, Double> & Sendable, in range: ClosedRange<Double>,
        _ summary: String
    ) -> Setting {
        Setting(name: name, type: "a number \(range.inWords)", summary: summary) {
            .number($0[keyPath: property])
        } write: { owner, value in
            guard let number = value.double, range.contains(number) else { return false }
            owner[keyPath: property] = number
            return true
        }
    }

    /// A number that `null` switches off.
    static func optionalNumber(
        _ name: String, _ property: any WritableKeyPath<Owner, Double?> & Sendable, in range: ClosedRange<Double>,
        _ summary: String
    ) -> Setting {
        Setting(name: name, type: "a number \(range.inWords), or null", summary: summary) {
            $0[keyPath: property].map(JSONValue.number) ?? .null
        } write: { owner, value in
            if value.isNull {
                owner[keyPath: property] = nil
                return true
            }
            guard let number = value.double, range.contains(number) else { return false }
            owner[keyPath: property] = number
            return true
        }
    }

    static func integer(
        _ name: String, _ property: any WritableKeyPath<Owner, Int> & Sendable, atLeast least: Int, _ summary: String
    ) -> Setting {
        Setting(name: name, type: "a whole number of at least \(least)", summary: summary) {
            .integer($0[keyPath: property])
        } write: { owner, value in
            guard let number = value.integer, number >= least else { return false }
            owner[keyPath: property] = number
            return true
        }
    }

    /// A whole number that `null` switches off.
    static func optionalInteger(
        _ name: String, _ property: any WritableKeyPath<Owner, Int?> & Sendable, atLeast least: Int, _ summary: String
    ) -> Setting {
        Setting(name: name, type: "a whole number of at least \(least), or null", summary: summary) {
            $0[keyPath: property].map(JSONValue.integer) ?? .null
        } write: { owner, value in
            if value.isNull {
                owner[keyPath: property] = nil
                return true
            }
            guard let number = value.integer, number >= least else { return false }
            owner[keyPath: property] = number
            return true
        }
    }

    static func flag(
        _ name: String, _ property: any WritableKeyPath<Owner, Bool> & Sendable, _ summary: String
    ) -> Setting {
        Setting(name: name, type: "true or false", summary: summary) {
            .bool($0[keyPath: property])
        } write: { owner, value in
            guard let flag = value.bool else { return false }
            owner[keyPath: property] = flag
            return true
        }
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ property: any WritableKeyPath<Owner, Choice> & Sendable, _ summary: String
    ) -> Setting {
        let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return Setting(name: name, type: "one of \(names)", summary: summary) {
            .string($0[keyPath: property].rawValue)
        } write: { owner, value in
            guard let choice = value.string.flatMap(Choice.init(rawValue:)) else { return false }
            owner[keyPath: property] = choice
            return true
        }
    }

    /// Numbers by name, such as weights.
    static func numbers(
        _ name: String, _ property: any WritableKeyPath<Owner, [String: Double]> & Sendable, _ summary: String
    ) -> Setting {
        Setting(name: name, type: "a mapping of names to numbers", summary: summary) { owner in
            let sorted = owner[keyPath: property].sorted { $0.key < $1.key }
            return .object(JSONObject(uniqueKeysWithValues: sorted.map { ($0.key, .number($0.value)) }))
        } write: { owner, value in
            guard let object = value.object else { return false }
            var numbers: [String: Double] = [:]
            for (name, value) in object {
                guard let number = value.double, number.isFinite else { return false }
                numbers[name] = number
            }
            owner[keyPath: property] = numbers
            return true
        }
    }
}

extension ClosedRange<Double> {
    /// Above 0, without an upper end.
    static var positive: ClosedRange { .leastNonzeroMagnitude ... .greatestFiniteMagnitude }
    /// 0 or more.
    static var nonNegative: ClosedRange { 0 ... .greatestFiniteMagnitude }

    fileprivate var inWords: String {
        switch (lowerBound, upperBound) {
        case (.leastNonzeroMagnitude, .greatestFiniteMagnitude): "above 0"
        case (-.greatestFiniteMagnitude, .greatestFiniteMagnitude): "of any size"
        case (_, .greatestFiniteMagnitude): "of at least \(lowerBound)"
        case (.leastNonzeroMagnitude, _): "above 0 and at most \(upperBound)"
        default: "from \(lowerBound) to \(upperBound)"
        }
    }
}
