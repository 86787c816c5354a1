/// Something that is timed, by a name that `whet bench` takes.
protocol Benchmark: Sendable {
    static var name: String { get }
    /// In one line.
    static var summary: String { get }
    /// What `--set` changes; nothing unless said otherwise.
    static var parameters: [BenchmarkParameter] { get }
    init()
    /// Changes a parameter, one of `parameters`.
    ///
    /// - Throws: `WhetError` if it cannot have this value.
    mutating func set(_ parameter: String, to value: Double) throws
    /// - Parameter progress: takes lines for a person.
    /// - Returns: figures by name; each name says its unit.
    func run(progress: @Sendable (String) -> Void) async throws -> [(name: String, value: Double)]
    /// The figures for a person.
    func text(of figures: [(name: String, value: Double)]) -> String
}

/// A number that a benchmark lets a person change.
struct BenchmarkParameter: Sendable {
    let name: String
    /// Unless it is changed.
    let value: Double
    /// What it is, in a few words.
    let summary: String

    init(_ name: String, _ value: Double, _ summary: String) {
        self.name = name
        self.value = value
        self.summary = summary
    }
}

extension Benchmark {
    static var parameters: [BenchmarkParameter] { [] }

    func set(_ parameter: String, to value: Double) throws {}

    func text(of figures: [(name: String, value: Double)]) -> String {
        figures.map { "\($0.name): \($0.value.readable)\n" }.joined()
    }
}

extension Double {
    /// A figure for a person: whole from 100 on, else with three digits.
    fileprivate var readable: String { abs(self) >= 100 ? String(Int(rounded())) : fixed(3) }
}
