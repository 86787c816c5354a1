import WhetCore

/// What a judge says of one item after one step.
///
/// Keeps: a judge that failed says `unknown`, never `notMet` (DESIGN.md, law 4).
public enum Judgment: Hashable, Sendable {
    /// Each with the reason, for a person.
    case met(String)
    case notMet(String)
    case unknown(String)

    public var isMet: Bool { if case .met = self { true } else { false } }
    public var isKnown: Bool { if case .unknown = self { false } else { true } }

    public var reason: String {
        switch self {
        case .met(let reason), .notMet(let reason), .unknown(let reason): reason
        }
    }
}

extension Judgment {
    /// For stores: `{"met": true, "reason": "…"}`; `met` is null where it is unknown.
    public var json: JSONValue {
        let met: JSONValue = isKnown ? .bool(isMet) : .null
        return ["met": met, "reason": .string(reason)]
    }

    /// - Throws: `WhetError` for anything but what `json` gives.
    public init(json: JSONValue) throws {
        guard let reason = json["reason"]?.string, let met = json["met"], met.bool != nil || met.isNull else {
            throw WhetError("this is no judgment", expected: "{\"met\": true, false or null, \"reason\": text}")
        }
        switch met.bool {
        case true?: self = .met(reason)
        case false?: self = .notMet(reason)
        case nil: self = .unknown(reason)
        }
    }
}
