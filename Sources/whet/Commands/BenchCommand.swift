import ArgumentParser
import WhetCore

struct BenchCommand: AsyncParsableCommand {
    static let benchmarks: [any Benchmark.Type] = [
        EngineBenchmark.self, RolloutBenchmark.self, CreditBenchmark.self, AlgorithmComparison.self,
        SchedulingBenchmark.self, JudgeFigures.self, SandboxBenchmark.self, HandoverBenchmark.self,
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
