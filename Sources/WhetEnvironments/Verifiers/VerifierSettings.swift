import WhetCore

/// One thing that may be set for a verifier.
struct VerifierSetting: Hashable, Sendable {
    let name: String
    /// What it is, what is allowed and the default, in one line.
    let summary: String

    init(_ name: String, _ summary: String) {
        self.name = name
        self.summary = summary
    }
}

/// Settings of a verifier (or of a rubric) as YAML or JSON gave them, read key by key.
///
/// Keeps: every key is one that was declared; what is read is of the type that was asked for; null is as good as
/// absent.
struct VerifierSettings: Sendable {
    /// What errors say about where this is.
    let place: String
    private let values: JSONObject

    /// - Throws: `WhetError` that names the unknown key and the nearest valid one.
    init(_ values: JSONObject, names: [String], at place: String) throws {
        for name in values.keys where !names.contains(name) {
            throw WhetError.unknownName(name, kind: "setting", among: names, at: place)
        }
        self.values = values
        self.place = place
    }

    /// The value as it is; nil where it is absent or null.
    subscript(name: String) -> JSONValue? { values[name].flatMap { $0.isNull ? nil : $0 } }

    /// - Throws: `WhetError` where the value is absent.
    func required<Value>(_ name: String, _ value: Value?, _ expected: String) throws -> Value {
        guard let value else {
            throw WhetError("the setting \"\(name)\" is missing", at: place, expected: expected)
        }
        return value
    }

    func text(_ name: String) throws -> String? {
        try self[name].map { try checked($0.string, $0, name, "text") }
    }

    func flag(_ name: String, default standard: Bool) throws -> Bool {
        try self[name].map { try checked($0.bool, $0, name, "true or false") } ?? standard
    }

    func number(_ name: String, in range: ClosedRange<Double>, _ expected: String) throws -> Double? {
        try self[name].map { value in
            try checked(value.double.flatMap { range.contains($0) ? $0 : nil }, value, name, expected)
        }
    }

    func integer(_ name: String, atLeast least: Int) throws -> Int? {
        try self[name].map { value in
            try checked(
                value.canonical.integer.flatMap { $0 >= least ? $0 : nil }, value, name,
                "a whole number of at least \(least)")
        }
    }

    /// A list of texts; a single text is a list of one.
    func texts(_ name: String) throws -> [String]? {
        try self[name].map { value in
            if let text = value.string { return [text] }
            let texts = value.array.flatMap { list in
                let texts = list.compactMap(\.string)
                return texts.count == list.count ? texts : nil
            }
            return try checked(texts, value, name, "a list of texts")
        }
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, default standard: Choice
    ) throws -> Choice {
        guard let value = self[name] else { return standard }
        let names = Choice.allCases.map(\.rawValue)
        let text = try checked(value.string, value, name, "one of \(names.joined(separator: ", "))")
        guard let choice = Choice(rawValue: text) else {
            throw WhetError.unknownName(text, kind: "choice", among: names, at: place(of: name))
        }
        return choice
    }

    /// What errors say about where the value of `name` is.
    func place(of name: String) -> String { "\(place), \(name)" }

    private func checked<Value>(
        _ value: Value?, _ given: JSONValue, _ name: String, _ expected: String
    ) throws -> Value {
        guard let value else {
            throw WhetError("\(given.text()) is not possible here", at: place(of: name), expected: expected)
        }
        return value
    }
}
