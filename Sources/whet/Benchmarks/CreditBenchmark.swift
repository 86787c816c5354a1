import WhetAlgorithms

/// How long each estimator takes for a large batch.
struct CreditBenchmark: Benchmark {
    static let name = "credit"
    static let summary =
        "milliseconds of every estimator for 4,096 rollouts of 2,000 tokens, as a loop takes it and written out"

    func run(progress: @Sendable (String) -> Void) async throws -> [(name: String, value: Double)] {
        try AlgorithmBenchmark.figures().flatMap {
            [
                ("\($0.name)_milliseconds", $0.credit * 1_000),
                ("\($0.name)_written_out_milliseconds", $0.writtenOut * 1_000),
            ]
        }
    }
}
