import WhetCore

// What the readers of every kind of file say alike.

extension String {
    /// A dotted key with one more part.
    public func dotted(_ part: String) -> String { isEmpty ? part : "\(self).\(part)" }

    /// What is meant by a word that YAML 1.1 takes for true or false.
    public var meantFlag: String? { ["yes": "true", "on": "true", "no": "false", "off": "false"][lowercased()] }
}

extension JSONValue {
    /// The value in the words of an error: what it is and, if it is short, itself.
    public var inWords: String {
        switch self {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .integer, .number: "the number \(text())"
        case .string(let text): "the text \"\(text.count > 40 ? text.prefix(40) + "…" : text[...])\""
        case .array: "a list"
        case .object: "a mapping"
        }
    }
}

extension ClosedRange<Int> {
    /// "a whole number", with " from 1 to 8" or " of at least 1" where not any number will do.
    public var asWholeNumber: String {
        switch (lowerBound, upperBound) {
        case (.min, .max): "a whole number"
        case (_, .max): "a whole number of at least \(lowerBound)"
        default: "a whole number from \(lowerBound) to \(upperBound)"
        }
    }
}
