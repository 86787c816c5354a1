import WhetCore
import WhetYAML

extension Recipe {
    /// The recipe as YAML with every key, which reads back as the same recipe.
    public var yaml: String {
        get throws {
            var text = ""
            for (name, section) in try json.object ?? [:] { section.write(to: &text, key: name, indentation: 0) }
            return text
        }
    }
}

extension JSONValue {
    /// The value on one line.
    var inlineYAML: String {
        switch self {
        case .string(let text): text.plainYAMLText ?? JSONValue.string(text).text()
        case .array(let elements): "[\(elements.map(\.inlineYAML).joined(separator: ", "))]"
        case .object(let members):
            members.isEmpty
                ? "{}"
                : "{\(members.map { "\(JSONValue.string($0).inlineYAML): \($1.inlineYAML)" }.joined(separator: ", "))}"
        case .null, .bool, .integer, .number: text()
        }
    }

    fileprivate func write(to text: inout String, key: String, indentation: Int) {
        let margin = String(repeating: " ", count: indentation)
        let name = JSONValue.string(key).inlineYAML
        switch self {
        case .object(let members) where !members.isEmpty:
            text += "\(margin)\(name):\n"
            for (key, value) in members { value.write(to: &text, key: key, indentation: indentation + 2) }
        case .array(let elements) where elements.contains { $0.object != nil }:
            text += "\(margin)\(name):\n"
            for element in elements {
                var inner = ""
                for (key, value) in element.object ?? [:] {
                    value.write(to: &inner, key: key, indentation: indentation + 4)
                }
                text += "\(margin)  - \(inner.dropFirst(indentation + 4))"
            }
        default:
            text += "\(margin)\(name): \(inlineYAML)\n"
        }
    }
}

extension String {
    /// The text as it is, if YAML reads it back as that text in any place.
    fileprivate var plainYAMLText: String? {
        guard let first = utf8.first, JSONValue(plainYAML: self, as: .recipe) == .string(self) else { return nil }
        let isSafe = utf8.allSatisfy { byte in
            switch UnicodeScalar(byte) {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "/", ".", "-": true
            default: false
            }
        }
        return isSafe && first != UInt8(ascii: "-") && first != UInt8(ascii: ".") ? self : nil
    }
}
