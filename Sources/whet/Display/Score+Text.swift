import WhetCore

extension Score {
    /// "0.000, not solved: the answer is wrong".
    var words: String {
        let verdict = isSolved ? "solved" : "not solved"
        let why = reason.flatMap { $0 == verdict || $0.isEmpty ? nil : ": \($0)" } ?? ""
        return "\(reward.fixed(3)), \(verdict)\(why)"
    }

    /// What `--json` says of it.
    var json: JSONValue {
        [
            "reward": .number(reward), "solved": .bool(isSolved), "reason": reason.map(JSONValue.string) ?? .null,
            "parts": .array(
                parts.map { part in
                    [
                        "name": .string(part.name), "value": .number(part.value), "weight": .number(part.weight),
                        "reason": part.reason.map(JSONValue.string) ?? .null,
                    ]
                }),
        ]
    }
}
