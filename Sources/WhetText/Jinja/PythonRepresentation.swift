import Foundation
import WhetCore

/// How Python writes values: `str`, `repr` and `json.dumps`.
extension JinjaValue {
    /// Python's `str(value)`.
    func text() throws -> String {
        switch self {
        case .string(let text): return text
        case .undefined: return ""
        default: return try representation()
        }
    }

    /// Python's `repr(value)`.
    func representation(depth: Int = 0) throws -> String {
        guard depth < Self.deepest else { throw WhetError("values nest too deeply to be written") }
        func all(_ values: [JinjaValue]) throws -> String {
            try values.map { try $0.representation(depth: depth + 1) }.joined(separator: ", ")
        }
        switch self {
        case .undefined: return "Undefined"
        case .none: return "None"
        case .bool(let flag): return flag ? "True" : "False"
        case .integer(let number): return String(number)
        case .number(let number): return number.pythonText
        case .string(let text): return text.pythonRepresentation
        case .list(let list): return "[\(try all(list.elements))]"
        case .tuple(let list): return "(\(try all(list.elements))\(list.elements.count == 1 ? "," : ""))"
        case .dictionary(let dictionary):
            let members = try dictionary.members.map { key, value in
                "\(try key.value.representation(depth: depth + 1)): \(try value.representation(depth: depth + 1))"
            }
            return "{\(members.joined(separator: ", "))}"
        case .namespace(let members):
            return "<Namespace \(try JinjaValue.dictionary(members).representation(depth: depth + 1))>"
        case .loop(let loop): return "<LoopContext \(loop.index + 1)/\(loop.elements.count)>"
        case .callable(.macro(let macro, _)): return "<Macro \(macro.name.pythonRepresentation)>"
        case .callable: return "<function>"
        }
    }
}

extension Double {
    /// Python's `repr`: the shortest digits that read back as the same number, an exponent from 1e16 on.
    var pythonText: String {
        if isNaN { return "nan" }
        if isInfinite { return self < 0 ? "-inf" : "inf" }
        guard magnitude >= 1e16 || (magnitude < 1e16 && "\(self)".contains("e")) else { return "\(self)" }
        let text = "\(self)"
        guard !text.contains("e") else { return text }
        // Swift goes on without an exponent up to 2^54.
        let sign = self < 0 ? "-" : ""
        let digits = text.drop { $0 == "-" }.prefix { $0 != "." }
        let fraction = digits.dropFirst().reversed().drop { $0 == "0" }.reversed()
        return "\(sign)\(digits.prefix(1))\(fraction.isEmpty ? "" : ".\(String(fraction))")e+\(digits.count - 1)"
    }
}

extension String {
    /// Python's `repr`: in single quotes unless the text holds some and no double ones.
    var pythonRepresentation: String {
        let scalars = unicodeScalars
        let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
        var text = String(quote)
        for scalar in scalars {
            switch scalar {
            case quote, "\\": text += "\\\(scalar)"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.isPythonPrintable: text.unicodeScalars.append(scalar)
            default:
                let hex = String(scalar.value, radix: 16)
                let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
                text += "\\\(letter)\(String(repeating: "0", count: width - hex.count))\(hex)"
            }
        }
        return text + String(quote)
    }
}

extension Unicode.Scalar {
    fileprivate var isPythonPrintable: Bool {
        if value < 0x7F { return value >= 0x20 }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default: return true
        }
    }
}

/// Writes values as Python's `json.dumps` does.
struct PythonJSON {
    /// What one level is indented by; nil for all on one line.
    var indentation: String?
    var escapesNonASCII = false
    var sortsKeys = false
    var separator: String
    var colon = ": "
    private(set) var text = ""

    init(indentation: String? = nil, escapesNonASCII: Bool = false, sortsKeys: Bool = false) {
        self.indentation = indentation
        self.escapesNonASCII = escapesNonASCII
        self.sortsKeys = sortsKeys
        separator = indentation == nil ? ", " : ","
    }

    /// - Throws: `WhetError` for what JSON cannot hold.
    mutating func append(_ value: JinjaValue, depth: Int = 0) throws {
        guard depth < JinjaValue.deepest else { throw WhetError("values nest too deeply for JSON") }
        switch value {
        case .none: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .integer(let number): text += String(number)
        case .number(let number):
            text +=
                number.isNaN ? "NaN" : number.isInfinite ? (number < 0 ? "-Infinity" : "Infinity") : number.pythonText
        case .string(let string): append(quoted: string)
        case .list(let list), .tuple(let list):
            try append("[", list.elements, "]", depth) { writer, element in try writer.append(element, depth: depth + 1)
            }
        case .dictionary(let dictionary):
            var members = try dictionary.members.map { (key: try Self.key($0.key.value), value: $0.value) }
            if sortsKeys { members.sort { $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars) } }
            try append("{", members, "}", depth) { writer, member in
                writer.append(quoted: member.key)
                writer.text += writer.colon
                try writer.append(member.value, depth: depth + 1)
            }
        case .undefined(let name): throw WhetError("\"\(name)\" is undefined and cannot be JSON")
        case .namespace, .loop, .callable: throw WhetError("a \(value.kind) cannot be JSON")
        }
    }

    private mutating func append<Element>(
        _ open: String, _ elements: [Element], _ close: String, _ depth: Int,
        _ write: (inout PythonJSON, Element) throws -> Void
    ) throws {
        text += open
        for (index, element) in elements.enumerated() {
            if index > 0 { text += separator }
            breakLine(depth + 1)
            try write(&self, element)
        }
        if !elements.isEmpty { breakLine(depth) }
        text += close
    }

    private mutating func breakLine(_ depth: Int) {
        guard let indentation else { return }
        text += "\n" + String(repeating: indentation, count: depth)
    }

    private static func key(_ value: JinjaValue) throws -> String {
        switch value {
        case .string(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .none: "null"
        case .integer(let number): String(number)
        case .number(let number): number.pythonText
        default: throw WhetError("a \(value.kind) cannot be a key of JSON")
        }
    }

    private mutating func append(quoted string: String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{08}": text += "\\b"
            case "\u{0C}": text += "\\f"
            case _ where scalar.value < 0x20 || (escapesNonASCII && scalar.value > 0x7E):
                for unit in UTF16.encode(scalar) ?? .init() {
                    let hex = String(unit, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                }
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
