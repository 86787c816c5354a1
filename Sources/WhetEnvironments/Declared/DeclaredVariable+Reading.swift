import WhetCore
import WhetYAML

extension DeclaredVariable {
    /// What stands below `variables`.
    ///
    /// nil, with a mistake noted, where it cannot be one.
    init?(_ member: YAMLTree.Member, _ path: String, _ mistakes: YAMLMistakes) {
        let key = path.dotted(member.name)
        origin = DeclaredOrigin(key: key, place: member.place)
        name = member.name
        guard TemplateNames.isName(name), !TemplateNames.isReserved(name), name != "level" else {
            mistakes.note(
                "a variable cannot have this name", key, at: member.place,
                expected: "letters, digits and _, beginning with a letter, and none of Jinja's words nor level")
            return nil
        }
        guard let kind = Kind(member.value, key, mistakes) else { return nil }
        self.kind = kind
    }

    /// The kinds, by the key that says which it is.
    static let kinds = [
        DeclaredKey("integer", "[lowest, highest]", "A whole number; both ends included. An end may be an expression."),
        DeclaredKey("number", "[lowest, highest]", "A decimal with `decimals` digits after the point (default 2)."),
        DeclaredKey("choice", "a list, or an expression that gives one", "One of them; elements may be mappings."),
        DeclaredKey(
            "list", "a kind, such as {integer: [0, 9]}",
            "`count` ([fewest, most] or a number) values of that kind; `distinct: true`: no two alike."),
        DeclaredKey("shuffle", "a list, or an expression that gives one", "All of them in random order."),
        DeclaredKey(
            "text", "an alphabet, such as abcdef", "`length` ([shortest, longest] or a number) characters of it."),
        DeclaredKey("value", "an expression", "Computed from the variables above. A text alone means the same."),
        DeclaredKey("template", "a template", "The text that it writes."),
        DeclaredKey(
            "json", "a template", "The JSON that it writes, as a value: lists and mappings that no expression makes."),
        DeclaredKey("constant", "any value", "The value itself. A number, true, false or a list alone means the same."),
    ]

    private static let companions: [String: [DeclaredKey]] = [
        "number": [DeclaredKey("decimals", "", "")],
        "list": [DeclaredKey("count", "", ""), DeclaredKey("distinct", "", "")],
        "text": [DeclaredKey("length", "", "")],
    ]

    fileprivate static func keys(with kind: String) -> [DeclaredKey] {
        kinds.filter { $0.name == kind } + companions[kind, default: []]
    }
}

extension DeclaredVariable.Kind {
    init?(_ tree: YAMLTree, _ key: String, _ mistakes: YAMLMistakes) {
        let names = DeclaredVariable.kinds.map(\.name)
        guard let members = tree.members else {
            switch tree.value {
            case .string:
                guard let expression = DeclaredExpression(tree, key, mistakes) else { return nil }
                self = .value(expression)
            case .null:
                mistakes.note(
                    "this is null", key, at: tree.place,
                    expected: "a mapping with one of \(names.joined(separator: ", "))")
                return nil
            default: self = .constant(tree.value)
            }
            return
        }
        let given = members.filter { names.contains($0.name) }
        guard given.count == 1, let kind = given.first?.name else {
            let nearest = members.lazy.compactMap { $0.name.nearest(among: names) }.first
            mistakes.note(
                given.isEmpty
                    ? "no kind of variable is named" : "\(given.map(\.name).joined(separator: " and ")) are both given",
                key,
                at: tree.place, expected: "one of \(names.joined(separator: ", "))",
                suggestion: given.isEmpty ? nearest : nil)
            return nil
        }
        guard let section = YAMLSection(tree, key, keys: DeclaredVariable.keys(with: kind), mistakes),
            let value = tree[kind], let made = Self.make(kind, value, section)
        else { return nil }
        self = made
    }

    private static func make(_ kind: String, _ value: YAMLTree, _ section: YAMLSection) -> Self? {
        let mistakes = section.mistakes
        let key = section.path(of: kind)
        switch kind {
        case "integer": return bounds(value, kind, section).map { Self.integer($0, $1) }
        case "number": return number(value, section)
        case "choice": return options(value, key, mistakes).map(Self.choice)
        case "shuffle": return options(value, key, mistakes).map(Self.shuffle)
        case "list":
            guard let element = Self(value, key, mistakes) else { return nil }
            guard let count = section["count"] else {
                section.missing("count", expected: "a whole number, or [fewest, most]")
                return nil
            }
            guard let range = bounds(count, "count", section, least: 0) else { return nil }
            return .list(element, count: range, distinct: section.flag("distinct") ?? false)
        case "text":
            guard case .string(let alphabet) = value.value, !alphabet.isEmpty else {
                return section.wrong(value, kind, expected: "the characters to draw from, such as \"abc\"")
            }
            guard let length = section["length"] else {
                section.missing("length", expected: "a whole number, or [shortest, longest]")
                return nil
            }
            return bounds(length, "length", section, least: 0).map {
                .text(alphabet: alphabet.map(String.init), length: $0)
            }
        case "template", "json":
            return DeclaredTemplate(value, key, mistakes).map { .template($0, isJSON: kind == "json") }
        case "value": return DeclaredExpression(value, key, mistakes).map(Self.value)
        default: return .constant(value.value)
        }
    }

    /// A number or expression, or a list of the lowest and the highest.
    private static func bounds(
        _ tree: YAMLTree, _ name: String, _ section: YAMLSection, least: Int = .min
    ) -> (DeclaredVariable.Bound, DeclaredVariable.Bound)? {
        let expected = "[lowest, highest], each a whole number\(least == 0 ? " of at least 0" : "") or an expression"
        let ends = tree.elements ?? (name == "integer" ? [] : [tree, tree])
        guard ends.count == 2 else { return section.wrong(tree, name, expected: expected) }
        var bounds: [DeclaredVariable.Bound] = []
        for end in ends {
            switch end.value {
            case .integer(let number) where number >= least: bounds.append(.literal(number))
            case .string:
                guard let expression = DeclaredExpression(end, section.path(of: name), section.mistakes) else {
                    return nil
                }
                bounds.append(.expression(expression))
            default: return section.wrong(end, name, expected: expected)
            }
        }
        if case (.literal(let low), .literal(let high)) = (bounds[0], bounds[1]), low > high {
            section.mistakes.note(
                "the range from \(low) to \(high) is empty", section.path(of: name), at: tree.place, expected: expected)
            return nil
        }
        return (bounds[0], bounds[1])
    }

    private static func number(_ tree: YAMLTree, _ section: YAMLSection) -> Self? {
        let decimals = section.integer("decimals", in: 0...9) ?? 2
        let ends = (tree.elements ?? []).compactMap(\.value.double)
        // Beyond a billion, 9 decimals would leave what a Double holds exactly.
        guard ends.count == 2, tree.elements?.count == 2, ends[0] <= ends[1], ends.allSatisfy({ abs($0) <= 1e9 }) else {
            return section.wrong(tree, "number", expected: "[lowest, highest], two numbers within ±1,000,000,000")
        }
        let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
        guard (ends[0] * scale).rounded(.up) <= (ends[1] * scale).rounded(.down) else {
            section.mistakes.note(
                "no number of \(decimals) decimals lies between \(ends[0]) and \(ends[1])", section.path(of: "number"),
                at: tree.place)
            return nil
        }
        return .number(ends[0]...ends[1], decimals: decimals)
    }

    private static func options(
        _ tree: YAMLTree, _ key: String, _ mistakes: YAMLMistakes
    ) -> DeclaredVariable.Options? {
        if let elements = tree.elements {
            guard !elements.isEmpty else {
                mistakes.note("the list is empty", key, at: tree.place, expected: "at least one value")
                return nil
            }
            return .literal(elements.map(\.value))
        }
        guard case .string = tree.value else {
            mistakes.note(
                "this is \(tree.value.inWords)", key, at: tree.place,
                expected: "a list, or an expression that gives one")
            return nil
        }
        return DeclaredExpression(tree, key, mistakes).map(DeclaredVariable.Options.expression)
    }
}
