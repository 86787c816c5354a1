import ArgumentParser
import WhetCore

/// Something that is timed, by a name that `whet bench` takes.
protocol Benchmark: Sendable {
    static var name: String { get }
    /// In one line.
    static var summary: String { get }
    init()
    /// - Parameter progress: takes lines for a person.
    /// - Returns: figures by name; each name says its unit.
    func run(progress: @Sendable (String) -> Void) async throws -> [(name: String, value: Double)]
}

struct BenchCommand: AsyncParsableCommand {
    static let benchmarks: [any Benchmark.Type] = [
        EngineFigures.self, RolloutBenchmark.self, AlgorithmFigures.self,
    ]

    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Time a part of whet on this machine.",
        discussion: benchmarks.map { "\($0.name): \($0.summary)" }.joined(separator: "\n"))

    @Argument(help: "What to time.") var name: String
    @Flag(help: "End with one JSON object: {\"figures\": {name: number}}.") var json = false

    func run() async throws {
        guard let type = Self.benchmarks.first(where: { $0.name == name }) else {
            throw UsageError(.unknownName(name, kind: "benchmark", among: Self.benchmarks.map { $0.name }))
        }
        let figures = try await type.init().run { Output.complain($0) }
        if json {
            let object = JSONObject(figures.map { ($0.name, .number($0.value)) }, uniquingKeysWith: { $1 })
            Output.json(["figures": .object(object)])
        } else {
            for figure in figures { Output.line("\(figure.name): \(figure.value.readable)") }
        }
    }
}

extension Double {
    /// A figure for a person: whole from 100 on, else with three digits.
    fileprivate var readable: String { abs(self) >= 100 ? String(Int(rounded())) : fixed(3) }
}
