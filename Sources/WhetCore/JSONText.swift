/// Writes JSON text. The one writer of whet: replies, requests, the store and `--json` lines go through it.
///
/// Keeps: keys in their order; a number reads back as the same number; no number that JSON lacks (they are written null).
public struct JSONText {
    /// What stands between elements, and after a key. Compact by default.
    public struct Style: Sendable {
        public var separator: String
        public var colon: String

        public static let compact = Style(separator: ",", colon: ":")
        /// As Python's `json.dumps` and the templates' `tojson` write it.
        public static let spaced = Style(separator: ", ", colon: ": ")
    }

    public private(set) var bytes: [UInt8] = []
    private let style: Style

    /// - Parameter capacity: bytes that there is room for at once.
    public init(style: Style = .compact, capacity: Int = 160) {
        self.style = style
        bytes.reserveCapacity(capacity)
    }

    public var string: String { String(decoding: bytes, as: UTF8.self) }

    public mutating func append(_ value: JSONValue) {
        switch value {
        case .null: append(raw: "null")
        case .bool(let flag): append(raw: flag ? "true" : "false")
        case .integer(let number): append(integer: number)
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
            append(integer: token)
        }
        append(raw: "]")
    }

    /// A whole number.
    public mutating func append(integer number: some FixedWidthInteger) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = UInt64(number.magnitude)
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    public mutating func append(quoted text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { text in
            // Most bytes stand for themselves: runs of them go over whole.
            var start = 0
            for (index, byte) in text.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
                bytes.append(contentsOf: text[start..<index])
                append(escaped: byte)
                start = index + 1
            }
            bytes.append(contentsOf: text[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func append(escaped byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append(raw: "\\\"")
        case UInt8(ascii: "\\"): append(raw: "\\\\")
        case 0x0A: append(raw: "\\n")
        case 0x0D: append(raw: "\\r")
        case 0x09: append(raw: "\\t")
        default: append(raw: "\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
        }
    }
}

extension JSONValue {
    /// The value as JSON text.
    public func text(style: JSONText.Style = .compact) -> String {
        var writer = JSONText(style: style)
        writer.append(self)
        return writer.string
    }
}
