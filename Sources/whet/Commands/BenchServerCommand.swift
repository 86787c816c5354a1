import ArgumentParser
import Synchronization
import WhetCore
import WhetTestSupport

/// The other end of `whet bench rollouts`: canned inference servers. Writes their URLs in one line, and ends with its
/// input.
struct BenchServerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-server", abstract: "Serve the same answer to everybody, for whet bench rollouts.",
        shouldDisplay: false)

    @Option(help: "How many servers.") var servers = 1
    @Option(help: "Answer nobody before so many requests have come.") var held = 0
    @Option(help: "The answer's ids, with commas between.") var tokens: String

    func validate() throws {
        guard servers > 0, !ids.isEmpty else { throw ValidationError("there are no servers, or no tokens") }
    }

    private var ids: [Int32] { tokens.split(separator: ",").compactMap { Int32($0) } }

    func run() throws {
        let wave = Wave(size: held)
        let answer = CannedInference.Answer(ids, heldBy: wave.gate)
        let servers = try (0..<self.servers).map { _ in
            try CannedInference(records: false) { _ in
                wave.count()
                return answer
            }
        }
        Output.line(servers.map(\.url).joined(separator: " "))
        withExtendedLifetime(servers) { while readLine() != nil {} }
    }

    /// Requests that are answered once all of them have come.
    private final class Wave: Sendable {
        let gate = WhetTestSupport.Gate()
        private let size: Int
        private let arrived = Atomic<Int>(0)

        init(size: Int) {
            self.size = size
            if size == 0 { gate.open() }
        }

        func count() {
            if arrived.add(1, ordering: .relaxed).newValue == size { gate.open() }
        }
    }
}
