import WhetCore

extension JinjaEvaluator {
    func callMethod(_ name: String, of text: String, _ given: JinjaArguments) throws -> JinjaValue {
        switch name {
        case "strip": return .string(text.stripped(try given.string(0, "chars")))
        case "lstrip": return .string(text.stripped(try given.string(0, "chars"), right: false))
        case "rstrip": return .string(text.stripped(try given.string(0, "chars"), left: false))
        case "upper": return .string(text.uppercased())
        case "lower", "casefold": return .string(text.lowercased())
        case "title": return .string(text.titled)
        case "capitalize": return .string(text.capitalizedOnce)
        case "swapcase":
            return .string(
                text.unicodeScalars.reduce(into: "") { result, scalar in
                    let isLower = scalar.properties.isLowercase
                    result += isLower ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
                })
        case "format": return .string(try braceFormat(text, given))
        case "join":
            let parts = try elements(of: given.required(0, "iterable")).map { part in
                guard case .string(let text) = part else { throw WhetError("a \(part.kind) cannot be joined to text") }
                return text
            }
            try charge(bytes: parts.reduce(parts.count * text.utf8.count) { $0 + $1.utf8.count })
            return .string(parts.joined(separator: text))
        case "replace":
            let (old, new) = (try given.string(0, "old"), try given.string(1, "new"))
            guard let old, let new else { throw WhetError("replace needs two strings") }
            return .string(try replace(text, old, new, limit: given.integer(2, "count")))
        case "startswith", "endswith": return .bool(try hasAffix(text, isPrefix: name == "startswith", given))
        case "removeprefix":
            let part = try given.string(0, "prefix") ?? ""
            return .string(text.utf8.starts(with: part.utf8) ? text.part(part.utf8.count..<text.utf8.count) : text)
        case "removesuffix":
            let part = try given.string(0, "suffix") ?? ""
            let isThere = text.utf8.reversed().starts(with: part.utf8.reversed())
            return .string(isThere ? text.part(0..<text.utf8.count - part.utf8.count) : text)
        case "split", "rsplit", "splitlines", "partition", "rpartition": return try cut(text, name, given)
        case "find", "rfind", "index", "rindex", "count": return try search(text, name, given)
        case "zfill", "center", "ljust", "rjust": return .string(try pad(text, name, given))
        default: return .bool(try has(text, name))
        }
    }

    private func hasAffix(_ text: String, isPrefix: Bool, _ given: JinjaArguments) throws -> Bool {
        let argument = try given.required(0, "prefix")
        let choices: [JinjaValue] = if case .tuple(let list) = argument { list.elements } else { [argument] }
        let start = try given.integer(1, "start") ?? 0
        let rest = start == 0 ? text : try slice(.string(text), .integer(start), nil, nil).text()
        return try choices.contains { choice in
            guard case .string(let part) = choice else {
                throw WhetError("a \(choice.kind) is no beginning or end of text")
            }
            return isPrefix
                ? rest.utf8.starts(with: part.utf8) : rest.utf8.reversed().starts(with: part.utf8.reversed())
        }
    }

    private func cut(_ text: String, _ name: String, _ given: JinjaArguments) throws -> JinjaValue {
        func strings(_ parts: [String]) throws -> JinjaValue { try list(parts.map { .string($0) }) }
        switch name {
        case "splitlines": return try strings(text.lines(keepingEnds: given.flag(0, "keepends")))
        case "split", "rsplit":
            let limit = try given.integer(1, "maxsplit") ?? -1
            guard let separator = try given.string(0, "sep") else {
                return try strings(text.words(limit: limit, fromEnd: name == "rsplit"))
            }
            guard !separator.isEmpty else { throw WhetError("the separator is empty") }
            return try strings(text.pieces(separatedBy: separator, limit: limit, fromEnd: name == "rsplit"))
        default:
            guard let separator = try given.string(0, "sep"), !separator.isEmpty else {
                throw WhetError("the separator is missing or empty")
            }
            let parts = text.pieces(separatedBy: separator, limit: 1, fromEnd: name == "rpartition")
            let all =
                parts.count == 2
                ? [parts[0], separator, parts[1]] : name == "partition" ? [text, "", ""] : ["", "", text]
            return try tuple(all.map { .string($0) })
        }
    }

    private func search(_ text: String, _ name: String, _ given: JinjaArguments) throws -> JinjaValue {
        guard let part = try given.string(0, "sub") else { throw WhetError("\(name) needs a string") }
        let start = try given.integer(1, "start") ?? 0
        let first = start < 0 ? max(0, text.unicodeScalars.count + max(start, -text.unicodeScalars.count)) : start
        let rest = try slice(.string(text), .integer(first), given[2, "end"], nil).text()
        let isFromEnd = name.hasPrefix("r")
        if name == "count" {
            return .integer(part.isEmpty ? rest.unicodeScalars.count + 1 : rest.places(of: part).count)
        }
        let place: Int? =
            if part.isEmpty {
                first > text.unicodeScalars.count ? nil : isFromEnd ? rest.utf8.count : 0
            } else if isFromEnd {
                rest.lastPlace(of: part)
            } else {
                rest.places(of: part, limit: 1).first
            }
        if let place { return .integer(first + rest.part(0..<place).unicodeScalars.count) }
        guard name.hasSuffix("find") else { throw WhetError("the text that \(name) looks for is not there") }
        return .integer(-1)
    }

    private func pad(_ text: String, _ name: String, _ given: JinjaArguments) throws -> String {
        let width = try given.integer(0, "width") ?? 0
        try charge(bytes: max(width, 0))
        let fill = try given.string(1, "fillchar")?.unicodeScalars.first ?? " "
        switch name {
        case "center": return text.padded(to: width, with: fill, .centerAsPython)
        case "ljust": return text.padded(to: width, with: fill, .left)
        case "rjust": return text.padded(to: width, with: fill, .right)
        default:
            let sign = text.unicodeScalars.first.map { $0 == "-" || $0 == "+" ? String($0) : "" } ?? ""
            let digits = String(text.unicodeScalars.dropFirst(sign.isEmpty ? 0 : 1))
            let missing = max(0, width - text.unicodeScalars.count)
            return sign + String(repeating: "0", count: missing) + digits
        }
    }

    /// The `is…` methods, which hold for no empty text.
    private func has(_ text: String, _ name: String) throws -> Bool {
        let scalars = text.unicodeScalars
        func all(_ holds: (Unicode.Scalar.Properties) -> Bool) -> Bool {
            !scalars.isEmpty && scalars.allSatisfy { holds($0.properties) }
        }
        func isLetter(_ properties: Unicode.Scalar.Properties) -> Bool {
            switch properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
            default: false
            }
        }
        switch name {
        case "isspace": return !scalars.isEmpty && scalars.allSatisfy(\.isPythonSpace)
        case "isdecimal": return all { $0.numericType == .decimal }
        case "isdigit": return all { $0.numericType == .decimal || $0.numericType == .digit }
        case "isnumeric": return all { $0.numericType != nil }
        case "isalpha": return all(isLetter)
        case "isalnum": return all { isLetter($0) || $0.numericType != nil }
        case "isupper":
            return scalars.contains { $0.properties.isUppercase } && !scalars.contains { $0.properties.isLowercase }
        case "islower":
            return scalars.contains { $0.properties.isLowercase } && !scalars.contains { $0.properties.isUppercase }
        default: throw WhetError("a string has no method \"\(name)\"")
        }
    }
}

extension String {
    /// Where the part occurs last, as an offset in UTF-8.
    fileprivate func lastPlace(of part: String) -> Int? {
        let reversedPart = Array(part.utf8.reversed())
        let reversed = Array(utf8.reversed())
        guard reversedPart.count <= reversed.count else { return nil }
        let place = reversed.firstPlace(of: reversedPart)
        return place.map { utf8.count - $0 - reversedPart.count }
    }
}

extension [UInt8] {
    fileprivate func firstPlace(of part: [UInt8]) -> Int? {
        withUnsafeBufferPointer { $0.firstPlace(of: part, from: 0) }
    }
}
