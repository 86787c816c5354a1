import ArgumentParser
import WhetCore

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

struct BenchCommand: AsyncParsableCommand {
    static let benchmarks: [any Benchmark.Type] = [
        EngineFigures.self, RolloutBenchmark.self, AlgorithmFigures.self, AlgorithmComparison.self,
        SchedulingBenchmark.self,
    ]

    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Time a part of whet on this machine.",
        discussion: benchmarks.map(description).joined(separator: "\n"))

    @Argument(help: "What to time.") var name: String
    @Flag(help: "End with one JSON object: {\"figures\": {name: number}}.") var json = false

    @Option(help: ArgumentHelp("Change a parameter of the benchmark; may be repeated.", valueName: "name=value"))
    var set: [String] = []

    func run() async throws {
        guard let type = Self.benchmarks.first(where: { $0.name == name }) else {
            throw UsageError(.unknownName(name, kind: "benchmark", among: Self.benchmarks.map { $0.name }))
        }
        var benchmark = type.init()
        for setting in set { try Self.apply(setting, to: &benchmark) }
        let figures = try await benchmark.run { Output.complain($0) }
        if json {
            let object = JSONObject(figures.map { ($0.name, .number($0.value)) }, uniquingKeysWith: { $1 })
            Output.json(["figures": .object(object)])
        } else {
            Output.text(benchmark.text(of: figures))
        }
    }

    private static func description(_ type: any Benchmark.Type) -> String {
        let parameters = type.parameters.map { parameter in
            let isWhole = parameter.value == parameter.value.rounded()
            return "\n  \(parameter.name) (\(parameter.value.fixed(isWhole ? 0 : 1))): \(parameter.summary)"
        }
        return "\(type.name): \(type.summary)" + parameters.joined()
    }

    private static func apply(_ setting: String, to benchmark: inout any Benchmark) throws {
        let type = Swift.type(of: benchmark)
        let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let value = Double(parts[1]), value.isFinite else {
            throw UsageError(
                WhetError("\"\(setting)\" changes nothing", at: "--set", expected: "name=number, such as steps=100"))
        }
        guard type.parameters.contains(where: { $0.name == parts[0] }) else {
            let kind = "parameter of the benchmark \(type.name)"
            throw UsageError(.unknownName(parts[0], kind: kind, among: type.parameters.map(\.name), at: "--set"))
        }
        do { try benchmark.set(parts[0], to: value) } catch let error as WhetError { throw UsageError(error) }
    }
}

extension Double {
    /// A figure for a person: whole from 100 on, else with three digits.
    fileprivate var readable: String { abs(self) >= 100 ? String(Int(rounded())) : fixed(3) }
}
