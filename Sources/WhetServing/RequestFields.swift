import WhetCore

/// Reads the keys of a request's JSON object: a missing key and null are the same, a wrong type or value is a
/// `RequestProblem` that names key, value and what was expected. Unknown keys are nobody's business.
package struct RequestFields: Sendable {
    private let view: JSONView
    /// What stands before a key's name in messages, such as `sampling_params.`.
    private let prefix: String

    /// - Throws: `RequestProblem` when the bytes are not a JSON object.
    package init(parsing bytes: some JSONSource) throws {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: bytes)
        } catch let error as WhetError {
            throw RequestProblem.badValue(
                "the body cannot be read: \(error.problem)", parameter: nil, code: "invalid_json")
        }
        guard document.root.isObject else {
            throw RequestProblem.badValue("the body is not a JSON object", parameter: nil, code: "invalid_json")
        }
        self.init(document.root, prefix: "")
    }

    /// - Parameter name: what the object is called in messages.
    /// - Throws: `RequestProblem` when the value is not an object.
    package init(_ view: JSONView, name: String) throws {
        guard view.isObject else {
            throw RequestProblem.badValue(
                "\(name) is \(view.value.excerpt); expected an object", parameter: name, code: "invalid_type")
        }
        self.init(view, prefix: name + ".")
    }

    private init(_ view: JSONView, prefix: String) {
        self.view = view
        self.prefix = prefix
    }

    package func name(_ key: String) -> String { prefix + key }

    /// The value of a key as it is.
    package func view(_ key: String) -> JSONView? { view[key] }

    /// The object's keys, in their order.
    package var keys: [String] { view.keys ?? [] }

    package func string(_ key: String) throws -> String? { try read(key, "a text") { $0.string } }
    package func bool(_ key: String) throws -> Bool? { try read(key, "true or false") { $0.bool } }

    package func double(_ key: String) throws -> Double? {
        try read(key, "a number") { view in view.double.flatMap { $0.isFinite ? $0 : nil } }
    }

    /// A whole number, also when written as one with a fraction of zero.
    package func integer(_ key: String, in range: ClosedRange<Int> = Int.min...Int.max) throws -> Int? {
        guard let value = try read(key, "a whole number", { $0.integer ?? $0.double.flatMap(Int.init(exactly:)) })
        else {
            return nil
        }
        guard range.contains(value) else {
            let expected =
                range.upperBound == .max
                ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
            throw RequestProblem.badValue("\(name(key)) is \(value); expected \(expected)", parameter: name(key))
        }
        return value
    }

    package func tokens(_ key: String) throws -> [Int32]? { try read(key, "a list of token ids") { $0.tokens } }

    package func object(_ key: String) throws -> RequestFields? {
        try read(key, "an object") { $0.isObject ? RequestFields($0, prefix: name(key) + ".") : nil }
    }

    package func list(_ key: String) throws -> [JSONView]? { try read(key, "a list") { $0.elements } }

    /// One text or a list of them.
    package func strings(_ key: String) throws -> [String]? {
        try read(key, "a text or a list of texts") { view in
            if let text = view.string { return [text] }
            let texts = view.elements?.map(\.string)
            return texts.flatMap { $0.contains(nil) ? nil : $0.compactMap { $0 } }
        }
    }

    /// - Throws: `RequestProblem` unless the key is missing, null or equal to one of `values`: what it asks for would
    ///   change what is sampled, and this server cannot do it.
    package func requireNeutral(_ key: String, _ values: [JSONValue], because reason: String) throws {
        guard let value = view[key]?.value, !value.isNull else { return }
        let isNeutral = values.contains { $0 == value || ($0.double != nil && $0.double == value.double) }
        if !isNeutral {
            throw RequestProblem.badValue(
                "\(name(key)) is \(value.excerpt): \(reason)", parameter: name(key), code: "unsupported_parameter")
        }
    }

    /// - Throws: `RequestProblem` that says the key is missing.
    package func required<Value>(_ key: String, _ value: Value?) throws -> Value {
        guard let value else {
            throw RequestProblem.badValue("\(name(key)) is missing", parameter: name(key), code: "missing_parameter")
        }
        return value
    }

    private func read<Value>(_ key: String, _ expected: String, _ convert: (JSONView) -> Value?) throws -> Value? {
        guard let field = view[key] else { return nil }
        if let value = convert(field) { return value }
        let value = field.value
        if value.isNull { return nil }
        throw RequestProblem.badValue(
            "\(name(key)) is \(value.excerpt); expected \(expected)", parameter: name(key), code: "invalid_type")
    }
}

extension JSONValue {
    /// The value for a message, cut where it gets long.
    package var excerpt: String {
        let text = text()
        return text.count > 60 ? text.prefix(60) + "…" : text
    }
}
