import WhetCore

/// What a server says to reset and step.
struct OpenEnvObservation: Hashable, Sendable {
    let observation: JSONValue
    /// nil: it gives none for this.
    let reward: Double?
    let isDone: Bool

    /// - Throws: `WhetError` when a key is missing or of another type.
    init(json: JSONValue) throws {
        observation = try json.required("observation", "an object") { $0.isNull ? nil : $0 }
        isDone =
            try json["done"].map { done in
                guard let flag = done.bool else {
                    throw WhetError("\(done.excerpt) is not possible here", at: "done", expected: "true or false")
                }
                return flag
            } ?? false
        switch json["reward"] {
        case nil, .null: reward = nil
        // OpenEnv's observations allow it.
        case .bool(let flag): reward = flag ? 1 : 0
        case .some(let value):
            guard let number = value.double, number.isFinite else {
                throw WhetError(
                    "\(value.excerpt) is not possible here", at: "reward", expected: "a finite number or null")
            }
            reward = number
        }
    }
}
