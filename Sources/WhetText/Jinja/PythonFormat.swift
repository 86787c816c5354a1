import Foundation
import WhetCore

/// Python's two ways to format: `"%s of %d" % (…)` and `"{} of {n:>5}".format(…)`.
extension JinjaEvaluator {
    /// How a value is to be written: `[[fill]align][sign][#][0][width][,][.precision][type]`.
    struct FormatSpecification {
        var fill: Unicode.Scalar = " "
        var alignment: String.Alignment?
        var sign: Unicode.Scalar?
        var isAlternate = false
        var padsWithZeros = false
        var width = 0
        var groups = false
        var precision: Int?
        var type: Unicode.Scalar?
    }

    private static let widest = 10_000

    func percentFormat(_ format: String, _ value: JinjaValue) throws -> String {
        var arguments: ArraySlice<JinjaValue> = if case .tuple(let list) = value { list.elements[...] } else { [value] }
        var scalars = format.unicodeScalars[...]
        var result = ""
        var usesNames = false
        while let scalar = scalars.popFirst() {
            guard scalar == "%" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            if scalars.first == "%" {
                scalars.removeFirst()
                result += "%"
                continue
            }
            var named: JinjaValue?
            if scalars.first == "(" {
                scalars.removeFirst()
                let name = String(Substring(scalars.prefix { $0 != ")" }))
                scalars = scalars.dropFirst(name.unicodeScalars.count + 1)
                guard case .dictionary(let members) = value, let member = members[name] else {
                    throw WhetError("there is no value \"\(name)\" to format")
                }
                (named, usesNames) = (member, true)
            }
            let specification = try percentSpecification(&scalars)
            guard let argument = named ?? arguments.popFirst() else {
                throw WhetError("there are too few values to format")
            }
            result += try self.format(argument, specification)
            try charge(bytes: result.utf8.count / 8)
        }
        let isUnused: Bool = if case .dictionary = value { false } else { !arguments.isEmpty && !usesNames }
        guard !isUnused else { throw WhetError("there are too many values to format") }
        return result
    }

    /// `-5.2f`, the percent sign consumed.
    private func percentSpecification(_ scalars: inout Substring.UnicodeScalarView) throws -> FormatSpecification {
        var specification = FormatSpecification()
        specification.alignment = .right
        while let flag = scalars.first, "-+ 0#".unicodeScalars.contains(flag) {
            scalars.removeFirst()
            switch flag {
            case "-": specification.alignment = .left
            case "+", " ": specification.sign = flag
            case "0": specification.padsWithZeros = true
            default: specification.isAlternate = true
            }
        }
        specification.width = try takeNumber(&scalars) ?? 0
        if scalars.first == "." {
            scalars.removeFirst()
            specification.precision = try takeNumber(&scalars) ?? 0
        }
        guard let type = scalars.popFirst(), "srdiufFeEgGxXoc".unicodeScalars.contains(type) else {
            throw WhetError("the format is not readable", expected: "%s, %d, %f or their like")
        }
        specification.type = type
        if specification.alignment == .left { specification.padsWithZeros = false }
        return specification
    }

    private func takeNumber(_ scalars: inout Substring.UnicodeScalarView) throws -> Int? {
        let digits = String(Substring(scalars.prefix { ("0"..."9").contains($0) }))
        guard !digits.isEmpty else { return nil }
        scalars = scalars.dropFirst(digits.count)
        guard let number = Int(digits), number <= Self.widest else { throw WhetError("a width to format is too large") }
        return number
    }

    func braceFormat(_ format: String, _ given: JinjaArguments) throws -> String {
        var scalars = format.unicodeScalars[...]
        var result = ""
        var next = 0
        while let scalar = scalars.popFirst() {
            if scalar == "{" || scalar == "}", scalars.first == scalar {
                scalars.removeFirst()
                result.unicodeScalars.append(scalar)
            } else if scalar == "{" {
                guard let end = scalars.firstIndex(of: "}") else { throw WhetError("a { of the format is not closed") }
                let field = String(Substring(scalars[..<end]))
                scalars = scalars[scalars.index(after: end)...]
                guard !field.unicodeScalars.contains("{") else {
                    throw WhetError("nested fields of a format are not supported")
                }
                result += try formatField(field, given, &next)
                try charge(bytes: result.utf8.count / 8)
            } else if scalar == "}" {
                throw WhetError("a } of the format closes nothing")
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// `name.attribute[0]!r:>10`
    private func formatField(_ field: String, _ given: JinjaArguments, _ next: inout Int) throws -> String {
        let halves = field.pieces(separatedBy: ":", limit: 1, fromEnd: false)
        let parts = halves[0].pieces(separatedBy: "!", limit: 1, fromEnd: false)
        var path = parts[0].unicodeScalars[...]
        let name = String(Substring(path.prefix { $0 != "." && $0 != "[" }))
        path = path.dropFirst(name.unicodeScalars.count)
        let index = name.isEmpty ? next : Int(name)
        if name.isEmpty { next += 1 }
        let found =
            index.map { given.positional.indices.contains($0) ? given.positional[$0] : nil } ?? given.named[name]
        guard var value = found else { throw WhetError("there is no value \"\(name)\" to format") }
        while let opening = path.popFirst() {
            let key = String(Substring(path.prefix { opening == "[" ? $0 != "]" : $0 != "." && $0 != "[" }))
            path = path.dropFirst(key.unicodeScalars.count + (opening == "[" ? 1 : 0))
            value =
                opening == "["
                ? try item(Int(key).map(JinjaValue.integer) ?? .string(key), of: value)
                : try attribute(key, of: value)
        }
        if parts.count == 2 {
            value = .string(parts[1] == "r" ? try value.representation() : try value.text())
        }
        var specification = halves.count == 2 ? halves[1].unicodeScalars[...] : ""[...].unicodeScalars
        return try self.format(value, braceSpecification(&specification))
    }

    private func braceSpecification(_ scalars: inout Substring.UnicodeScalarView) throws -> FormatSpecification {
        var specification = FormatSpecification()
        let alignments: [Unicode.Scalar: String.Alignment] = ["<": .left, ">": .right, "^": .center]
        if let second = scalars.dropFirst().first, let alignment = alignments[second], let fill = scalars.first {
            (specification.fill, specification.alignment) = (fill, alignment)
            scalars = scalars.dropFirst(2)
        } else if let first = scalars.first, let alignment = alignments[first] {
            specification.alignment = alignment
            scalars.removeFirst()
        }
        if let sign = scalars.first, "+- ".unicodeScalars.contains(sign) {
            specification.sign = sign == "-" ? nil : sign
            scalars.removeFirst()
        }
        if scalars.first == "#" {
            specification.isAlternate = true
            scalars.removeFirst()
        }
        if scalars.first == "0" {
            specification.padsWithZeros = specification.alignment == nil
            scalars.removeFirst()
        }
        specification.width = try takeNumber(&scalars) ?? 0
        if scalars.first == "," {
            specification.groups = true
            scalars.removeFirst()
        }
        if scalars.first == "." {
            scalars.removeFirst()
            specification.precision = try takeNumber(&scalars)
        }
        specification.type = scalars.popFirst()
        guard scalars.isEmpty else { throw WhetError("the format is not readable") }
        return specification
    }

    private func format(_ value: JinjaValue, _ specification: FormatSpecification) throws -> String {
        var text: String
        var isNumber = false
        switch specification.type {
        case "s", nil:
            if specification.type == nil, let number = value.floatingPoint, !value.isBoolean {
                text = try numberText(value, number, specification)
                isNumber = true
            } else {
                text = try value.text()
                if let precision = specification.precision { text = String(text.unicodeScalars.prefix(precision)) }
            }
        case "r": text = try value.representation()
        case "c":
            text =
                try value.wholeNumber.flatMap { UInt32(exactly: $0) }.flatMap(Unicode.Scalar.init).map { String($0) }
                ?? value.text()
        default:
            guard let number = value.floatingPoint else {
                throw WhetError("a \(value.kind) cannot be formatted as a number")
            }
            text = try numberText(value, number, specification)
            isNumber = true
        }
        if isNumber, let sign = specification.sign, !text.hasPrefix("-") { text = String(sign) + text }
        if specification.padsWithZeros, isNumber {
            let sign = text.first.map { "+- ".contains($0) ? String($0) : "" } ?? ""
            return sign
                + String(text.dropFirst(sign.count)).padded(to: specification.width - sign.count, with: "0", .right)
        }
        let alignment = specification.alignment ?? (isNumber ? .right : .left)
        return text.padded(to: specification.width, with: specification.fill, alignment)
    }

    private func numberText(
        _ value: JinjaValue, _ number: Double, _ specification: FormatSpecification
    ) throws -> String {
        let precision = min(specification.precision ?? 6, 1000)
        var text: String
        switch specification.type {
        case "d", "i", "u":
            guard let whole = value.wholeNumber ?? Int(exactly: number.rounded(.towardZero)) else {
                throw WhetError("the number is too large to format")
            }
            text = String(whole)
        case nil where value.wholeNumber != nil: text = try value.text()
        case "x", "X", "o", "b":
            guard let whole = value.wholeNumber else { throw WhetError("a float cannot be formatted so") }
            let radix = ["o": 8, "b": 2][specification.type ?? "x"] ?? 16
            text = String(whole, radix: radix, uppercase: specification.type == "X")
            if specification.isAlternate { text = "0\(specification.type ?? "x")" + text }
        case "f", "F": text = String(format: "%.\(precision)f", number)
        case "e": text = String(format: "%.\(precision)e", number)
        case "E": text = String(format: "%.\(precision)E", number)
        case "g", "G": text = String(format: "%.\(precision)g", number)
        case "%": text = String(format: "%.\(precision)f", number * 100) + "%"
        case nil: text = specification.precision == nil ? number.pythonText : String(format: "%.\(precision)g", number)
        default: throw WhetError("the format is not readable")
        }
        return specification.groups ? text.withGroups : text
    }
}

extension JinjaValue {
    fileprivate var isBoolean: Bool { if case .bool = self { true } else { false } }
}

extension String {
    /// A comma before every three digits of the whole part.
    fileprivate var withGroups: String {
        let sign = hasPrefix("-") ? "-" : ""
        let whole = dropFirst(sign.count).prefix { $0.isNumber }
        let rest = dropFirst(sign.count + whole.count)
        var grouped = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { grouped += "," }
            grouped.append(digit)
        }
        return sign + grouped + rest
    }
}
