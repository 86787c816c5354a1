import Synchronization
import WhetCore

/// An environment of a program that is started when it is first needed.
///
/// Keeps: until something is asked of it, no process runs; the options are checked before the first task is made.
final class DeferredProcessEnvironment: ExternalEnvironment {
    let name: String
    var computesHere: Bool { false }
    private let listedName: String
    private let pool: WorkerPool
    private let options: JSONObject
    private let known: Mutex<ProcessEnvironment?> = Mutex(nil)

    /// - Parameters:
    ///   - name: what recipes call it.
    ///   - listedName: what the program calls it.
    ///   - options: what the program is given with every request.
    init(_ name: String, listedAs listedName: String, pool: WorkerPool, options: JSONObject) {
        self.name = name
        self.listedName = listedName
        self.pool = pool
        self.options = options
    }

    func prepare() async throws -> Int { try await environment().listing.maximumLevel }

    func task(level: Int, seed: UInt64) async throws -> PracticeTask {
        try await environment().task(level: level, seed: seed)
    }

    func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        try await environment().reply(to: messages, of: task)
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        try await environment().score(messages, of: task)
    }

    func demonstration(of task: PracticeTask) async throws -> [Message]? {
        try await environment().demonstration(of: task)
    }

    /// Who is early asks as well: all of them hear the same.
    private func environment() async throws -> ProcessEnvironment {
        if let environment = known.withLock({ $0 }) { return environment }
        let environment = try await ProcessEnvironment(listedName, pool: pool, named: name, options: options)
        known.withLock { $0 = environment }
        return environment
    }
}
