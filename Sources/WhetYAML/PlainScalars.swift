import WhetCore

extension JSONValue {
    /// An unquoted scalar, by YAML 1.2's core schema.
    public init(plainYAML text: String, as format: YAMLFormat) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE": self = .bool(true)
        case "false", "False", "FALSE": self = .bool(false)
        case ".nan", ".NaN", ".NAN": self = format.hasNonFiniteNumbers ? .number(.nan) : .string(text)
        case ".inf", ".Inf", ".INF", "+.inf": self = format.hasNonFiniteNumbers ? .number(.infinity) : .string(text)
        case "-.inf", "-.Inf", "-.INF": self = format.hasNonFiniteNumbers ? .number(-.infinity) : .string(text)
        default:
            let isNumeric =
                text.utf8.contains { $0 >= 0x30 && $0 <= 0x39 }
                && text.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || "+-.eE".utf8.contains($0) }
            if isNumeric, let number = Int(text) {
                self = .integer(number)
            } else if isNumeric, let number = Double(text), number.isFinite || format.hasNonFiniteNumbers {
                self = .number(number)
            } else {
                self = .string(text)
            }
        }
    }
}
