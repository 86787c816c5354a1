extension Collection where Element: Sendable {
    /// What `body` makes of every element, all of them at a time, in the order of the elements.
    ///
    /// - Throws: what the first that fails throws, when the others, cancelled then, have ended.
    public func concurrentMap<Value: Sendable>(
        _ body: @escaping @Sendable (Element) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: (Int, Value).self) { group in
            for (place, element) in enumerated() { group.addTask { (place, try await body(element)) } }
            var values: [(Int, Value)] = []
            for try await value in group { values.append(value) }
            return values.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
