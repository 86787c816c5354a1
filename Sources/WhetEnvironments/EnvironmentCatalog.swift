import WhetCore

/// The environments that a recipe can name.
///
/// Keeps: names are unique; the order is that in which they were added.
public struct EnvironmentCatalog: Sendable {
    /// One environment: what it is called, what may be set, how to make it.
    public struct Entry: Sendable {
        public let name: String
        public let options: [EnvironmentOption]
        /// In one line; empty where nobody said it.
        public let summary: String
        /// The hardest level; nil where only trying tells.
        public let maximumLevel: Int?
        /// Whether it can show how it is done, for a warm start.
        public let hasDemonstrations: Bool
        /// What it states about itself, for checks to hold it to.
        public let claims: EnvironmentClaims
        /// Its type where it is procedural: for checks and benchmarks that need no task around a problem.
        public let procedural: (any ProceduralEnvironment.Type)?
        /// Its type where it is a game.
        public let interactive: (any InteractiveEnvironment.Type)?
        private let make: @Sendable (EnvironmentOptions) throws -> any Environment
        /// Whether options that are not listed are handed on, because only the environment knows them.
        private var isOpen = false

        public init(
            _ name: String, options: [EnvironmentOption] = [], summary: String = "", maximumLevel: Int? = nil,
            hasDemonstrations: Bool = true, claims: EnvironmentClaims = EnvironmentClaims(),
            make: @escaping @Sendable (EnvironmentOptions) throws -> any Environment
        ) {
            self.name = name
            self.options = options
            self.summary = summary
            self.maximumLevel = maximumLevel
            self.hasDemonstrations = hasDemonstrations
            self.claims = claims
            procedural = nil
            interactive = nil
            self.make = make
        }

        public init<Base: ProceduralEnvironment>(_ type: Base.Type) {
            name = Base.name
            options = Base.options
            summary = Base.summary
            maximumLevel = Base.maximumLevel
            hasDemonstrations = true
            claims = EnvironmentClaims(rewards: -1...1)
            procedural = type
            interactive = nil
            make = { Procedural(try Base(options: $0)) }
        }

        public init<Base: InteractiveEnvironment>(_ type: Base.Type) {
            name = Base.name
            options = Interactive<Base>.options
            summary = Base.summary
            maximumLevel = Base.maximumLevel
            hasDemonstrations = true
            claims = Base.claims
            procedural = nil
            interactive = type
            make = { try Interactive<Base>(options: $0) }
        }

        /// - Parameter options: what a recipe says under `options`.
        /// - Throws: `WhetError` for an unknown option, a wrong value or options that contradict each other.
        public func environment(options given: JSONObject = EnvironmentOptions.noneGiven) throws -> any Environment {
            try make(EnvironmentOptions(given, declared: options, isOpen: isOpen, environment: name))
        }

        /// The same environment, which checks for itself what is set beside `options`.
        public func opened() -> Entry {
            var entry = self
            entry.isOpen = true
            return entry
        }
    }

    public private(set) var entries: [Entry] = []

    public init(_ entries: [Entry] = []) {
        for entry in entries { add(entry) }
    }

    /// A later entry takes the place of an earlier one of its name.
    public mutating func add(_ entry: Entry) {
        if let place = entries.firstIndex(where: { $0.name == entry.name }) {
            entries[place] = entry
        } else {
            entries.append(entry)
        }
    }

    public var names: [String] { entries.map(\.name) }

    /// - Throws: `WhetError` with the nearest name when there is none of that name.
    public func entry(named name: String) throws -> Entry {
        guard let entry = entries.first(where: { $0.name == name }) else {
            var error = WhetError.unknownName(name, kind: "environment", among: names)
            if entries.count > 20 { error.expected = "one of the \(entries.count) that `whet env list` shows" }
            throw error
        }
        return entry
    }

    /// - Throws: `WhetError` for an unknown name or option, with the nearest, and for wrong values.
    public func environment(named name: String, options: JSONObject = EnvironmentOptions.noneGiven) throws
        -> any Environment
    {
        try entry(named: name).environment(options: options)
    }
}
