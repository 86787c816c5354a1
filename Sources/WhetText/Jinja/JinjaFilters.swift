import Foundation
import WhetCore

/// The filters of Jinja, and `tojson` as transformers has it.
enum JinjaFilters {
    typealias Filter = @Sendable (JinjaEvaluator, JinjaValue, JinjaArguments) throws -> JinjaValue

    static let all: [String: Filter] = texts.merging(numbers) { $1 }.merging(sequences) { $1 }
        .merging(selections) { $1 }

    private static let texts: [String: Filter] = [
        "string": { _, value, _ in .string(try value.text()) },
        "upper": { _, value, _ in .string(try value.text().uppercased()) },
        "lower": { _, value, _ in .string(try value.text().lowercased()) },
        "capitalize": { _, value, _ in .string(try value.text().capitalizedOnce) },
        "title": { _, value, _ in .string(try title(value.text())) },
        "trim": { _, value, given in .string(try value.text().stripped(given.string(0, "chars"))) },
        "safe": { _, value, _ in value },
        "e": { _, value, _ in .string(try escaped(value.text())) },
        "escape": { _, value, _ in .string(try escaped(value.text())) },
        "forceescape": { _, value, _ in .string(try escaped(value.text())) },
        "replace": { evaluator, value, given in
            let (old, new) = (try given.required(0, "old").text(), try given.required(1, "new").text())
            return .string(try evaluator.replace(value.text(), old, new, limit: given.integer(2, "count")))
        },
        "indent": { evaluator, value, given in try indent(evaluator, value.text(), given) },
        "center": { evaluator, value, given in
            let width = try given.integer(0, "width") ?? 80
            try evaluator.charge(bytes: max(width, 0))
            return .string(try value.text().padded(to: width, .centerAsPython))
        },
        "truncate": { _, value, given in try truncate(value.text(), given) },
        "format": { evaluator, value, given in
            let format = try value.text()
            guard given.named.isEmpty else {
                let members = try evaluator.dictionary(given.named.map { (JinjaKey($0.key), $0.value) })
                return .string(try evaluator.percentFormat(format, .dictionary(members)))
            }
            return .string(try evaluator.percentFormat(format, evaluator.tuple(given.positional)))
        },
        "wordcount": { _, value, _ in
            let words = try value.text().unicodeScalars.split {
                !($0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_")
            }
            return .integer(words.count)
        },
        "urlencode": { _, value, _ in
            let kept = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~/")
            return .string(try value.text().addingPercentEncoding(withAllowedCharacters: kept) ?? "")
        },
        "tojson": { evaluator, value, given in try json(evaluator, value, given) },
    ]

    /// Upper case after the start, white space and opening brackets.
    private static func title(_ text: String) -> String {
        var result = ""
        var isStart = true
        for scalar in text.unicodeScalars {
            result += isStart ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
            isStart = scalar.isPythonSpace || "-({[<".unicodeScalars.contains(scalar)
        }
        return result
    }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&#34;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    private static func indent(
        _ evaluator: JinjaEvaluator, _ text: String, _ given: JinjaArguments
    ) throws -> JinjaValue {
        let indentation: String
        if case .string(let text)? = given[0, "width"] {
            indentation = text
        } else {
            let width = max(try given.integer(0, "width") ?? 4, 0)
            try evaluator.charge(bytes: width)
            indentation = String(repeating: " ", count: width)
        }
        let lines = (text + "\n").lines()
        try evaluator.charge(bytes: lines.count * indentation.utf8.count)
        let (indentsFirst, indentsBlank) = (given.flag(1, "first"), given.flag(2, "blank"))
        let indented = lines.enumerated().map { index, line in
            index == 0 || (line.isEmpty && !indentsBlank) ? line : indentation + line
        }
        return .string((indentsFirst ? indentation : "") + indented.joined(separator: "\n"))
    }

    private static func truncate(_ text: String, _ given: JinjaArguments) throws -> JinjaValue {
        let length = try given.integer(0, "length") ?? 255
        let end = try given.string(2, "end") ?? "..."
        let leeway = try given.integer(3, "leeway") ?? 5
        guard length >= end.unicodeScalars.count, leeway >= 0 else { throw WhetError("truncate's length is too small") }
        guard text.unicodeScalars.count - leeway > length else { return .string(text) }
        let kept = String(text.unicodeScalars.prefix(length - end.unicodeScalars.count))
        if given.flag(1, "killwords") { return .string(kept + end) }
        return .string(kept.pieces(separatedBy: " ", limit: 1, fromEnd: true)[0] + end)
    }

    private static func json(
        _ evaluator: JinjaEvaluator, _ value: JinjaValue, _ given: JinjaArguments
    ) throws -> JinjaValue {
        // transformers: tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False)
        var indentation: String?
        if case .string(let text)? = given[1, "indent"] {
            indentation = text
        } else if let width = try given.integer(1, "indent") {
            guard width <= 64 else { throw WhetError("tojson's indent is too large") }
            indentation = String(repeating: " ", count: max(width, 0))
        }
        var writer = PythonJSON(
            indentation: indentation, escapesNonASCII: given.flag(0, "ensure_ascii"),
            sortsKeys: given.flag(3, "sort_keys"))
        if let separators = given[2, "separators"], !separators.isNone {
            let parts = try evaluator.elements(of: separators)
            guard parts.count == 2 else { throw WhetError("tojson's separators are not two") }
            (writer.separator, writer.colon) = (try parts[0].text(), try parts[1].text())
        }
        try writer.append(value)
        try evaluator.charge(bytes: writer.text.utf8.count)
        return .string(writer.text)
    }

    private static let numbers: [String: Filter] = [
        "abs": { evaluator, value, _ in
            guard let number = value.floatingPoint else { throw WhetError("a \(value.kind) has no absolute value") }
            return number < 0 ? try evaluator.negated(value) : value.wholeNumber.map(JinjaValue.integer) ?? value
        },
        "int": { _, value, given in try whole(value, given) },
        "float": { _, value, given in
            if let number = value.floatingPoint { return .number(number) }
            if case .string(let text) = value, let number = Double(text.stripped(nil)) { return .number(number) }
            return given[0, "default"] ?? .number(0)
        },
        "round": { _, value, given in try round(value, given) },
        "sum": { evaluator, value, given in
            let attribute = given[0, "attribute"]
            return try evaluator.elements(of: value).reduce(given[1, "start"] ?? .integer(0)) { sum, element in
                try evaluator.arithmetic(.add, sum, evaluator.key(attribute, of: element))
            }
        },
    ]

    private static func whole(_ value: JinjaValue, _ given: JinjaArguments) throws -> JinjaValue {
        let fallback = given[0, "default"] ?? .integer(0)
        switch value {
        case .integer, .bool: return .integer(value.wholeNumber ?? 0)
        case .number(let number): return Int(exactly: number.rounded(.towardZero)).map(JinjaValue.integer) ?? fallback
        case .string(let text):
            let text = text.stripped(nil).filter { $0 != "_" }
            let base = try given.integer(1, "base") ?? 10
            let prefixes = [16: "0x", 8: "0o", 2: "0b"]
            guard (2...36).contains(base) else { return fallback }
            let digits =
                prefixes[base].map { text.lowercased().hasPrefix($0) ? String(text.dropFirst(2)) : text } ?? text
            if let number = Int(digits, radix: base) { return .integer(number) }
            if let number = Double(text), let whole = Int(exactly: number.rounded(.towardZero)) {
                return .integer(whole)
            }
            return fallback
        default: return fallback
        }
    }

    private static func round(_ value: JinjaValue, _ given: JinjaArguments) throws -> JinjaValue {
        guard let number = value.floatingPoint else { throw WhetError("a \(value.kind) cannot be rounded") }
        let precision = try given.integer(0, "precision") ?? 0
        guard abs(precision) <= 300 else { throw WhetError("round's precision is too large") }
        let method = try given.string(1, "method") ?? "common"
        let scale = pow(10, Double(precision))
        switch method {
        case "ceil": return .number((number * scale).rounded(.up) / scale)
        case "floor": return .number((number * scale).rounded(.down) / scale)
        case "common":
            if let whole = value.wholeNumber, precision >= 0 { return .integer(whole) }
            guard precision >= 0 else { return .number((number * scale).rounded(.toNearestOrEven) / scale) }
            return .number(Double(String(format: "%.\(precision)f", number)) ?? number)
        default:
            throw WhetError.unknownName(method, kind: "way to round", among: ["common", "ceil", "floor"])
        }
    }
}

extension JinjaEvaluator {
    @inline(never)
    func apply(_ filter: String, to value: JinjaValue, _ arguments: JinjaArguments) throws -> JinjaValue {
        guard let implementation = JinjaFilters.all[filter] else {
            throw WhetError.unknownName(filter, kind: "filter", among: JinjaFilters.all.keys)
        }
        if case .string(let text) = value { try charge(bytes: text.utf8.count) }
        try enter()
        defer { leave() }
        return try implementation(self, value, arguments)
    }

    func replace(_ text: String, _ old: String, _ new: String, limit: Int?) throws -> String {
        let limit = limit.map { $0 < 0 ? .max : $0 } ?? .max
        if old.isEmpty {
            let count = min(text.unicodeScalars.count + 1, limit)
            try charge(bytes: text.utf8.count + count * new.utf8.count)
            return text.interspersed(with: new, limit: limit)
        }
        let count = text.places(of: old, limit: limit).count
        try charge(bytes: text.utf8.count + count * new.utf8.count)
        return text.replacing(old, by: new, limit: limit)
    }

    /// What `attribute="a.b"` picks of an element; the element itself where none is named.
    func key(_ attribute: JinjaValue?, of element: JinjaValue) throws -> JinjaValue {
        switch attribute {
        case nil, .some(.none): return element
        case .string(let path)?:
            return try path.pieces(separatedBy: ".", limit: -1, fromEnd: false).reduce(element) { value, name in
                try item(Int(name).map(JinjaValue.integer) ?? .string(name), of: value)
            }
        case .some(let index): return try item(index, of: element)
        }
    }
}
