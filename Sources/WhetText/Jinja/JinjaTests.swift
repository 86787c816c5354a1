import WhetCore

/// The tests of Jinja: what may stand after `is`.
enum JinjaTests {
    typealias Test = @Sendable (JinjaEvaluator, JinjaValue, JinjaArguments) throws -> Bool

    static let all: [String: Test] = kinds.merging(comparisons) { $1 }

    private static let kinds: [String: Test] = [
        "defined": { _, value, _ in !value.isUndefined },
        "undefined": { _, value, _ in value.isUndefined },
        "none": { _, value, _ in value.isNone },
        "boolean": { _, value, _ in if case .bool = value { true } else { false } },
        "true": { _, value, _ in if case .bool(true) = value { true } else { false } },
        "false": { _, value, _ in if case .bool(false) = value { true } else { false } },
        "integer": { _, value, _ in if case .integer = value { true } else { false } },
        "float": { _, value, _ in if case .number = value { true } else { false } },
        "number": { _, value, _ in value.floatingPoint != nil },
        "string": { _, value, _ in if case .string = value { true } else { false } },
        "mapping": { _, value, _ in if case .dictionary = value { true } else { false } },
        "callable": { _, value, _ in if case .callable = value { true } else { false } },
        "iterable": { _, value, _ in
            switch value {
            case .string, .list, .tuple, .dictionary, .loop, .undefined: true
            default: false
            }
        },
        "sequence": { _, value, _ in
            switch value {
            case .string, .list, .tuple, .dictionary, .undefined: true
            default: false
            }
        },
        "odd": { evaluator, value, _ in try remainder(evaluator, value, .integer(2)) == 1 },
        "even": { evaluator, value, _ in try remainder(evaluator, value, .integer(2)) == 0 },
        "divisibleby": { evaluator, value, given in
            try remainder(evaluator, value, given.required(0, "num")) == 0
        },
        "lower": { _, value, _ in
            let text = try value.text()
            return text == text.lowercased() && text != text.uppercased()
        },
        "upper": { _, value, _ in
            let text = try value.text()
            return text == text.uppercased() && text != text.lowercased()
        },
        "escaped": { _, _, _ in false },
        "filter": { _, value, _ in JinjaFilters.all[try value.text()] != nil },
        "test": { _, value, _ in names.contains(try value.text()) },
    ]

    private static func remainder(_ evaluator: JinjaEvaluator, _ value: JinjaValue, _ by: JinjaValue) throws -> Double?
    {
        try evaluator.arithmetic(.remainder, value, by).floatingPoint
    }

    private static let names: Set<String> = Set(comparisons.keys).union([
        "defined", "undefined", "none", "boolean", "true", "false", "integer", "float", "number", "string", "mapping",
        "callable", "iterable", "sequence", "odd", "even", "divisibleby", "lower", "upper", "escaped", "filter", "test",
    ])

    private static func comparison(_ comparison: JinjaExpression.Comparison) -> Test {
        { evaluator, value, given in try evaluator.compare(value, comparison, given.required(0, "other")) }
    }

    private static let comparisons: [String: Test] = [
        "==": comparison(.equal), "eq": comparison(.equal), "equalto": comparison(.equal),
        "!=": comparison(.unequal), "ne": comparison(.unequal),
        "<": comparison(.less), "lt": comparison(.less), "lessthan": comparison(.less),
        "<=": comparison(.lessOrEqual), "le": comparison(.lessOrEqual),
        ">": comparison(.greater), "gt": comparison(.greater), "greaterthan": comparison(.greater),
        ">=": comparison(.greaterOrEqual), "ge": comparison(.greaterOrEqual),
        "in": comparison(.contained),
        "sameas": { evaluator, value, given in
            let other = try given.required(0, "other")
            return try value.kind == other.kind && evaluator.equal(value, other)
        },
    ]
}

extension JinjaEvaluator {
    @inline(never)
    func test(_ name: String, _ value: JinjaValue, _ arguments: JinjaArguments) throws -> Bool {
        guard let test = JinjaTests.all[name] else {
            throw WhetError.unknownName(name, kind: "test", among: JinjaTests.all.keys)
        }
        return try test(self, value, arguments)
    }
}
