/// Writes JSON text. The one writer of whet: replies, requests, the store and `--json` lines go through it.
///
/// Keeps: keys in their order; a number reads back as the same number; no number that JSON lacks (it is written null).
public struct JSONText {
    /// What stands between elements, and after a key. Compact by default.
    public struct Style: Sendable {
        /// Between elements, and between members.
        public var separator: String
        /// Between a key and its value.
        public var colon: String

        /// Without any spaces.
        public static let compact = Style(separator: ",", colon: ":")
        /// As Python's `json.dumps` and the templates' `tojson` write it.
        public static let spaced = Style(separator: ", ", colon: ": ")
    }

    /// What was written so far, as UTF-8.
    public private(set) var bytes: [UInt8] = []
    private let style: Style

    /// Nothing yet.
    public init(style: Style = .compact) { self.style = style }

    /// The text of a value.
    public init(_ value: JSONValue, style: Style = .compact) {
        self.style = style
        append(value)
    }

    /// What was written so far.
    public var string: String { String(decoding: bytes, as: UTF8.self) }

    /// Any value.
    public mutating func append(_ value: JSONValue) {
        switch value {
        case .null: append(raw: "null")
        case .bool(let flag): append(raw: flag ? "true" : "false")
        case .integer(let number): append(raw: String(number))
        case .number(let number): append(raw: number.isFinite ? "\(number)" : "null")
        case .string(let text): append(quoted: text)
        case .array(let elements):
            append(raw: "[")
            for (index, element) in elements.enumerated() {
                if index > 0 { append(raw: style.separator) }
                append(element)
            }
            append(raw: "]")
        case .object(let members):
            append(raw: "{")
            for (index, member) in members.elements.enumerated() {
                if index > 0 { append(raw: style.separator) }
                append(quoted: member.key)
                append(raw: style.colon)
                append(member.value)
            }
            append(raw: "}")
        }
    }

    /// Text that is JSON already.
    public mutating func append(raw text: String) { bytes.append(contentsOf: text.utf8) }

    /// A list of whole numbers, without boxing each.
    public mutating func append(_ tokens: [Int32]) {
        append(raw: "[")
        for (index, token) in tokens.enumerated() {
            if index > 0 { append(raw: style.separator) }
            append(raw: String(token))
        }
        append(raw: "]")
    }

    /// A string, with its quotes.
    public mutating func append(quoted text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append(raw: "\\\"")
            case UInt8(ascii: "\\"): append(raw: "\\\\")
            case 0x0A: append(raw: "\\n")
            case 0x0D: append(raw: "\\r")
            case 0x09: append(raw: "\\t")
            case 0..<0x20: append(raw: "\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension JSONValue {
    /// The value as JSON text.
    public func text(style: JSONText.Style = .compact) -> String { JSONText(self, style: style).string }
}
