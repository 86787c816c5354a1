/// An environment that adds something to another: tools, a checklist, an agent.
///
/// What computes is the base, which has its own way to be kept off the cooperative threads; the layer itself waits.
protocol LayeredEnvironment: ExternalEnvironment {
    var base: any Environment { get }
    /// Of `base`, unless it is external and knows for itself.
    var maximumLevel: Int { get }

    /// The same, with the base's work done elsewhere.
    func map(_ body: (any Environment) -> any Environment) -> Self
}

extension LayeredEnvironment {
    public var name: String { base.name }
    public var computesHere: Bool { false }

    /// Whether the base can be used, and its hardest level.
    func preparedBase() async throws -> Int {
        try await (base as? any ExternalEnvironment)?.prepare() ?? maximumLevel
    }
}
