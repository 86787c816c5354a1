import WhetCore

/// What code can tell of an item without a judge.
///
/// Keeps: the same dialogue gives the same result.
public enum ItemCheck: Hashable, Sendable {
    /// How the arguments of a call have to be; both compare canonical JSON: the order of keys is nothing, 1 is 1.0.
    public enum Arguments: Hashable, Sendable {
        case any
        /// These and no others.
        case exactly(JSONObject)
        /// At least these.
        case including(JSONObject)
    }

    /// Which of the numbers in a text counts.
    public enum NumberPlace: String, Hashable, Sendable, CaseIterable {
        case last, anywhere
    }

    /// A tool of this name was called, and the call did not fail.
    case toolCalled(name: String, arguments: Arguments)
    /// All of these are there.
    case textContains([String], ignoresCase: Bool)
    /// A regular expression (ICU's syntax) matches somewhere.
    case textMatches(String)
    /// A number is there and no further from this than `tolerance`.
    case numberEquals(Double, tolerance: Double, place: NumberPlace)
}

extension ItemCheck {
    enum Kind: String, CaseIterable {
        case toolCalled = "tool_called"
        case textContains = "text_contains"
        case textMatches = "text_matches"
        case numberEquals = "number_equals"
    }

    /// As files have it: one key that names the kind, and what belongs to it.
    var json: JSONObject {
        switch self {
        case .toolCalled(let name, let arguments):
            var call: JSONObject = ["name": .string(name)]
            switch arguments {
            case .any: break
            case .exactly(let object): call["arguments"] = .object(object)
            case .including(let object): call["arguments_include"] = .object(object)
            }
            return [Kind.toolCalled.rawValue: .object(call)]
        case .textContains(let texts, let ignoresCase):
            var object: JSONObject = [Kind.textContains.rawValue: .array(texts.map(JSONValue.string))]
            if ignoresCase { object["ignoring_case"] = true }
            return object
        case .textMatches(let pattern):
            return [Kind.textMatches.rawValue: .string(pattern)]
        case .numberEquals(let number, let tolerance, let place):
            var object: JSONObject = [Kind.numberEquals.rawValue: .number(number)]
            if tolerance != Self.standardTolerance { object["tolerance"] = .number(tolerance) }
            if place != .last { object["place"] = .string(place.rawValue) }
            return object
        }
    }

    static let standardTolerance = 1e-6
}

extension JSONValue {
    /// The value as it compares: keys in order, numbers that are whole as integers.
    var canonicalForm: JSONValue {
        switch self {
        case .number(let number): Int(exactly: number).map(JSONValue.integer) ?? self
        case .array(let elements): .array(elements.map(\.canonicalForm))
        case .object(let members):
            .object(
                JSONObject(
                    members.map { ($0.key, $0.value.canonicalForm) }.sorted { $0.0 < $1.0 },
                    uniquingKeysWith: { _, last in last }))
        default: self
        }
    }
}
