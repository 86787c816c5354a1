import WhetChecklists
import WhetCore
import WhetTestSupport

/// How many judgments a second go through one judge's server, which answers at once.
struct JudgeFigures: Benchmark {
    static let name = "judges"
    static let summary = "judgments a second against a server that answers at once, and again from the cache"
    static let parameters = [
        BenchmarkParameter("rollouts", 500, "how many are scored, each of 20 judgments"),
        BenchmarkParameter("concurrency", 256, "requests under way at a time"),
    ]

    private var rollouts = 500
    private var concurrency = 256

    mutating func set(_ parameter: String, to value: Double) throws {
        guard let number = Int(exactly: value), number > 0 else {
            throw WhetError("\(value) is not possible", at: parameter, expected: "a whole number of at least 1")
        }
        if parameter == "rollouts" { rollouts = number } else { concurrency = number }
    }

    func run(progress: @Sendable (String) -> Void) async throws -> [(name: String, value: Double)] {
        let server = try CannedServer(records: false) { request in
            do { return .json(try JudgeBenchmark.cannedReply(to: request.body)) } catch {
                return .status(400, body: "\(error)")
            }
        }
        progress("\(rollouts * 20) judgments, \(concurrency) at a time")
        let figures = try await JudgeBenchmark.figures(url: server.url, rollouts: rollouts, concurrency: concurrency)
        return figures.named + [("requests", Double(server.counts.requests))]
    }
}
