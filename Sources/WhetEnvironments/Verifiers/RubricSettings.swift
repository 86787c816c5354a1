import WhetCore

/// Rubrics from YAML or JSON.
extension Rubric {
    /// What may be set for a rubric.
    static let settings = [
        VerifierSetting("criteria", "the list of verifiers"),
        VerifierSetting(
            "answer", "how the answer is read: tag, boxed, …, settings of a reader, or a list to try; default tag"),
        VerifierSetting("range", "[worst, best] reward; default [0, 1]"),
        VerifierSetting(
            "passing", "the weighted mean from which on a task is solved; default: every weighted criterion is 1"),
        VerifierSetting("binary", "true: solved gets the best reward, anything else the worst; default false"),
        VerifierSetting(
            "unreadable", "the reward where no answer can be read; default the worst; false: such criteria count 0"),
    ]

    /// What may be set for a criterion, besides what its kind has.
    static let criterionSettings = [
        VerifierSetting("kind", "the kind of verifier"),
        VerifierSetting("name", "what the part of the score is called; default the kind"),
        VerifierSetting("weight", "its share in the reward, 0 or more; default 1, of a gate 0"),
        VerifierSetting("gate", "true or a reward: what the reward is where this is not passed; true is the worst"),
    ]

    /// - Parameters:
    ///   - value: a list of criteria, or an object with `criteria` and the other settings.
    ///   - place: what errors say about where it is, such as `environments/capitals.yaml, rubric`.
    /// - Throws: `WhetError` for unknown kinds and keys, with the nearest, and for wrong values.
    init(settings value: JSONValue, at place: String, catalog: VerifierCatalog = .standard) throws {
        let object: JSONObject
        switch value {
        case .array: object = ["criteria": value]
        case .object(let given): object = given
        default:
            throw WhetError("a rubric cannot be \(value.text().excerpt)", at: place, expected: "a list of criteria")
        }
        let settings = try VerifierSettings(object, names: Self.settings.map(\.name), at: place)
        let range = try Self.range(settings)
        guard let list = settings["criteria"]?.array, !list.isEmpty else {
            throw WhetError(
                "there are no criteria", at: settings.place(of: "criteria"), expected: "a list of verifiers")
        }
        let criteria = try list.enumerated().map { index, value in
            try Criterion(
                settings: value, at: "\(place), criterion \(index + 1)", worst: range.lowerBound, catalog: catalog)
        }
        try Self.check(criteria, at: place)
        self.init(
            criteria, range: range, passing: try settings.number("passing", in: 0...1, "a number from 0 to 1"),
            isBinary: try settings.flag("binary", default: false), unreadable: try Self.unreadable(settings),
            reader: try settings["answer"].map { try AnswerReader(settings: $0, at: settings.place(of: "answer")) }
                ?? .tag)
    }

    private static func range(_ settings: VerifierSettings) throws -> ClosedRange<Double> {
        guard let value = settings["range"] else { return 0...1 }
        guard let ends = value.array, ends.count == 2, let worst = ends[0].double, let best = ends[1].double,
            worst < best, worst.isFinite, best.isFinite
        else {
            throw WhetError(
                "\(value.text().excerpt) is no range", at: settings.place(of: "range"),
                expected: "two numbers, the worse first, such as [-1, 1]")
        }
        return worst...best
    }

    private static func unreadable(_ settings: VerifierSettings) throws -> Unreadable {
        if settings["unreadable"]?.bool == false { return .criteriaCountZero }
        return try settings.number("unreadable", in: .anyFinite, "a number, or false").map(Unreadable.reward) ?? .worst
    }

    private static func check(_ criteria: [Criterion], at place: String) throws {
        guard criteria.contains(where: { $0.weight > 0 }) else {
            throw WhetError("no criterion has a weight", at: place, remedy: "give at least one a weight above 0")
        }
        var names: Set<String> = []
        for criterion in criteria where !names.insert(criterion.name).inserted {
            throw WhetError(
                "two criteria are called \"\(criterion.name)\"", at: place, remedy: "give one of them a \"name\"")
        }
    }
}

extension Rubric.Criterion {
    init(settings value: JSONValue, at place: String, worst: Double, catalog: VerifierCatalog) throws {
        // A kind alone stands for the kind with its defaults.
        guard var object = value.object ?? value.string.map({ ["kind": .string($0)] }) else {
            throw WhetError(
                "a criterion cannot be \(value.text().excerpt)", at: place, expected: "settings with \"kind\"")
        }
        var own: JSONObject = [:]
        for setting in Rubric.criterionSettings { own[setting.name] = object.removeValue(forKey: setting.name) }
        let settings = try VerifierSettings(own, names: Rubric.criterionSettings.map(\.name), at: place)
        let kind = try settings.required(
            "kind", settings.text("kind"), "one of \(catalog.kinds.sorted().joined(separator: ", "))")
        let gate: Double? =
            switch settings["gate"] {
            case .bool(let isGate)?: isGate ? worst : nil
            default: try settings.number("gate", in: .anyFinite, "true, false or a number")
            }
        let weight = try settings.number("weight", in: 0 ... .greatestFiniteMagnitude, "a number of at least 0")
        self.init(
            try settings.text("name") ?? kind, weight: weight ?? (gate == nil ? 1 : 0), gate: gate,
            verifier: try catalog.verifier(kind: kind, settings: object, at: "\(place) (\(kind))"))
    }
}

extension ClosedRange<Double> {
    static var anyFinite: ClosedRange { -.greatestFiniteMagnitude ... .greatestFiniteMagnitude }
}
