import WhetCore

extension JinjaFilters {
    static let sequences: [String: Filter] = [
        "default": { _, value, given in fallback(value, given) },
        "d": { _, value, given in fallback(value, given) },
        "length": { evaluator, value, _ in .integer(try evaluator.length(of: value)) },
        "count": { evaluator, value, _ in .integer(try evaluator.length(of: value)) },
        "first": { evaluator, value, _ in try evaluator.elements(of: value).first ?? .undefined("the first of nothing")
        },
        "last": { evaluator, value, _ in try evaluator.elements(of: value).last ?? .undefined("the last of nothing") },
        "list": { evaluator, value, _ in try evaluator.list(evaluator.elements(of: value)) },
        "reverse": { evaluator, value, _ in
            if case .string(let text) = value { return .string(String(text.unicodeScalars.reversed())) }
            return try evaluator.list(evaluator.elements(of: value).reversed())
        },
        "join": { evaluator, value, given in try join(evaluator, value, given) },
        "items": { evaluator, value, _ in
            if value.isUndefined { return try evaluator.list([]) }
            guard case .dictionary(let dictionary) = value else {
                throw WhetError("a \(value.kind) has no items", expected: "a dictionary")
            }
            return try evaluator.items(of: dictionary)
        },
        "dictsort": { evaluator, value, given in
            guard case .dictionary(let dictionary) = value else {
                throw WhetError("a \(value.kind) cannot be sorted by its keys", expected: "a dictionary")
            }
            let place = try given.string(1, "by") == "value" ? 1 : 0
            let items = try evaluator.elements(of: evaluator.items(of: dictionary))
            return try evaluator.sorted(
                items, by: .integer(place), minds: given.flag(0, "case_sensitive"), reversed: given.flag(2, "reverse"))
        },
        "sort": { evaluator, value, given in
            try evaluator.sorted(
                evaluator.elements(of: value), by: given[2, "attribute"], minds: given.flag(1, "case_sensitive"),
                reversed: given.flag(0, "reverse"))
        },
        "unique": { evaluator, value, given in
            var seen: Set<JinjaKey> = []
            return try evaluator.list(
                evaluator.elements(of: value).filter { element in
                    let key = try evaluator.key(given[1, "attribute"], of: element)
                    return seen.insert(try JinjaKey(key.folded(unless: given.flag(0, "case_sensitive")))).inserted
                })
        },
        "min": { evaluator, value, given in try evaluator.extreme(value, given, wantsLess: true) },
        "max": { evaluator, value, given in try evaluator.extreme(value, given, wantsLess: false) },
        "batch": { evaluator, value, given in
            let size = try given.integer(0, "linecount") ?? 0
            guard size > 0 else { throw WhetError("batch's size is not above 0") }
            let elements = try evaluator.elements(of: value)
            var rows: [JinjaValue] = []
            for start in stride(from: 0, to: elements.count, by: size) {
                var row = Array(elements[start..<min(elements.count, start + size)])
                if let fill = given[1, "fill_with"], !fill.isNone {
                    try evaluator.charge(size - row.count)
                    row += Array(repeating: fill, count: size - row.count)
                }
                rows.append(try evaluator.list(row))
            }
            return try evaluator.list(rows)
        },
        "slice": { evaluator, value, given in try slices(evaluator, value, given) },
        "groupby": { evaluator, value, given in try grouped(evaluator, value, given) },
        "attr": { evaluator, value, given in try evaluator.attribute(given.required(0, "name").text(), of: value) },
    ]

    private static func fallback(_ value: JinjaValue, _ given: JinjaArguments) -> JinjaValue {
        let isMissing = value.isUndefined || (given.flag(1, "boolean") && !value.isTrue)
        return isMissing ? given[0, "default_value"] ?? .string("") : value
    }

    private static func join(
        _ evaluator: JinjaEvaluator, _ value: JinjaValue, _ given: JinjaArguments
    ) throws -> JinjaValue {
        let separator = try given[0, "d"]?.text() ?? ""
        let texts = try evaluator.elements(of: value).map { try evaluator.key(given[1, "attribute"], of: $0).text() }
        try evaluator.charge(bytes: texts.reduce(texts.count * separator.utf8.count) { $0 + $1.utf8.count })
        return .string(texts.joined(separator: separator))
    }

    /// As many rows as asked for, the first ones longer by one where it does not come out even.
    private static func slices(
        _ evaluator: JinjaEvaluator, _ value: JinjaValue, _ given: JinjaArguments
    ) throws -> JinjaValue {
        let elements = try evaluator.elements(of: value)
        let count = try given.integer(0, "slices") ?? 0
        guard count > 0 else { throw WhetError("slice's count is not above 0") }
        try evaluator.charge(count)
        var start = 0
        return try evaluator.list(
            (0..<count).map { index in
                let isLonger = index < elements.count % count
                let length = elements.count / count + (isLonger ? 1 : 0)
                var row = Array(elements[start..<start + length])
                start += length
                if !isLonger, elements.count % count > 0, let fill = given[1, "fill_with"], !fill.isNone {
                    row.append(fill)
                }
                return try evaluator.list(row)
            })
    }

    private static func grouped(
        _ evaluator: JinjaEvaluator, _ value: JinjaValue, _ given: JinjaArguments
    ) throws -> JinjaValue {
        let attribute = try given.required(0, "attribute")
        let isCaseSensitive = given.flag(2, "case_sensitive")
        let sorted = try evaluator.sorted(
            evaluator.elements(of: value), by: attribute, minds: isCaseSensitive, reversed: false)
        var groups: [(key: JinjaValue, members: [JinjaValue])] = []
        for element in try evaluator.elements(of: sorted) {
            let key = try evaluator.key(attribute, of: element)
            if let last = groups.last,
                try evaluator.equal(last.key.folded(unless: isCaseSensitive), key.folded(unless: isCaseSensitive))
            {
                groups[groups.count - 1].members.append(element)
            } else {
                groups.append((key, [element]))
            }
        }
        return try evaluator.list(groups.map { try evaluator.tuple([$0.key, evaluator.list($0.members)]) })
    }

    static let selections: [String: Filter] = [
        "map": { evaluator, value, given in
            let elements = try evaluator.elements(of: value)
            if given.positional.isEmpty, let attribute = given.named["attribute"] {
                return try evaluator.list(
                    elements.map { element in
                        let found = try evaluator.key(attribute, of: element)
                        return found.isUndefined ? given.named["default"] ?? found : found
                    })
            }
            let name = try given.required(0, "filter").text()
            let rest = JinjaArguments(positional: Array(given.positional.dropFirst()), named: given.named)
            return try evaluator.list(elements.map { try evaluator.apply(name, to: $0, rest) })
        },
        "select": { evaluator, value, given in try evaluator.selected(value, given, attribute: nil, wanted: true) },
        "reject": { evaluator, value, given in try evaluator.selected(value, given, attribute: nil, wanted: false) },
        "selectattr": { evaluator, value, given in
            try evaluator.selected(value, given, attribute: given.required(0, "attribute"), wanted: true)
        },
        "rejectattr": { evaluator, value, given in
            try evaluator.selected(value, given, attribute: given.required(0, "attribute"), wanted: false)
        },
    ]
}

extension JinjaValue {
    /// Lower case for comparing, if it is a string.
    fileprivate func folded(unless isCaseSensitive: Bool) -> JinjaValue {
        if case .string(let text) = self, !isCaseSensitive { .string(text.lowercased()) } else { self }
    }
}

extension JinjaEvaluator {
    func length(of value: JinjaValue) throws -> Int {
        switch value {
        case .string(let text):
            try charge(bytes: text.utf8.count)
            return text.unicodeScalars.count
        case .list(let list), .tuple(let list): return list.elements.count
        case .dictionary(let dictionary): return dictionary.members.count
        case .undefined: return 0
        case .loop(let loop): return loop.elements.count
        default: throw WhetError("a \(value.kind) has no length")
        }
    }

    func items(of dictionary: JinjaDictionary) throws -> JinjaValue {
        try list(dictionary.members.map { try tuple([$0.key.value, $0.value]) })
    }

    /// A stable sort by a key of each element.
    fileprivate func sorted(
        _ elements: [JinjaValue], by attribute: JinjaValue?, minds isCaseSensitive: Bool, reversed: Bool
    ) throws -> JinjaValue {
        let keyed = try elements.enumerated().map { index, element in
            (key: try key(attribute, of: element).folded(unless: isCaseSensitive), index: index, element: element)
        }
        let sorted = try keyed.sorted { left, right in
            let order = try order(left.key, right.key) * (reversed ? -1 : 1)
            return order == 0 ? left.index < right.index : order < 0
        }
        return try list(sorted.map(\.element))
    }

    fileprivate func extreme(_ value: JinjaValue, _ given: JinjaArguments, wantsLess: Bool) throws -> JinjaValue {
        var best: (key: JinjaValue, element: JinjaValue)?
        for element in try elements(of: value) {
            let key = try key(given[1, "attribute"], of: element).folded(unless: given.flag(0, "case_sensitive"))
            guard let known = best else {
                best = (key, element)
                continue
            }
            let order = try order(key, known.key)
            if wantsLess ? order < 0 : order > 0 { best = (key, element) }
        }
        return best?.element ?? .undefined("the extreme of nothing")
    }

    /// The elements for which a test holds, or does not; without a test those that are true.
    fileprivate func selected(
        _ value: JinjaValue, _ given: JinjaArguments, attribute: JinjaValue?, wanted: Bool
    ) throws -> JinjaValue {
        let rest = Array(given.positional.dropFirst(attribute == nil ? 0 : 1))
        let name = try rest.first?.text()
        let arguments = JinjaArguments(positional: Array(rest.dropFirst()), named: given.named)
        return try list(
            elements(of: value).filter { element in
                let subject = try key(attribute, of: element)
                return try name.map { try test($0, subject, arguments) } ?? subject.isTrue == wanted
            })
    }
}
