import Foundation
import Synchronization
import Testing
import WhetCore

@testable import WhetEnvironments

@Suite("The pool that environments compute on")
struct EnvironmentPoolTests {
    @Test("runs work on its own threads, and hands it back to the caller's")
    func threads() async throws {
        try await EnvironmentPool.with(threads: 2) { pool in
            let places = try await pool.results(of: Array(0..<200)) { _ in WorkerThreads.current }
            #expect(try Set(places.map { try $0.get() }).isSubset(of: [0, 1]))
            let place = try await pool.run { WorkerThreads.current }
            #expect(place != nil)
            let after = try await pool.run {
                await Task.yield()
                return WorkerThreads.current
            }
            #expect(after != nil)
            #expect(Self.place() == nil)
        }
    }

    private static func place() -> Int? { WorkerThreads.current }

    @Test("gives a batch's results in its order, whoever is quicker", arguments: [0, 1, 7, 64, 1000])
    func order(count: Int) async throws {
        try await EnvironmentPool.with(threads: 3) { pool in
            let results = try await pool.results(of: Array(0..<count)) { index in
                // Some take long, some wait, some fail.
                if index % 5 == 0 { await Task.yield() }
                if index % 7 == 3 { throw WhetError("no \(index)") }
                return (0..<(index % 3) * 1000).reduce(index) { $0 &+ ($1 &- $1) }
            }
            #expect(results.count == count)
            for (index, result) in results.enumerated() {
                switch result {
                case .success(let value): #expect(value == index && index % 7 != 3)
                case .failure(let error): #expect(error as? WhetError == WhetError("no \(index)"))
                }
            }
        }
    }

    @Test("holds no more work than its capacity; who is cancelled while waiting takes no place")
    func capacity() async throws {
        try await EnvironmentPool.with(threads: 1, capacity: 1) { pool in
            let release = DispatchSemaphore(value: 0)
            let (started, start) = AsyncStream<Void>.makeStream()
            let first = Task {
                try await pool.run {
                    start.yield()
                    // The pool's thread, not a cooperative one.
                    Self.block(release)
                    return 1
                }
            }
            for await _ in started { break }
            let ran = Mutex(false)
            let second = Task { try await pool.run { ran.withLock { $0 = true } } }
            second.cancel()
            await #expect(throws: CancellationError.self) { try await second.value }
            release.signal()
            let values = [try await first.value, try await pool.run { 3 }]
            #expect(values == [1, 3])
            #expect(!ran.withLock { $0 })
        }
    }

    private static func block(_ semaphore: DispatchSemaphore) { semaphore.wait() }

    @Test("ends a batch that is cancelled")
    func cancellation() async throws {
        try await EnvironmentPool.with(threads: 2) { pool in
            let (started, start) = AsyncStream<Void>.makeStream()
            let batch = Task {
                try await pool.results(of: Array(0..<100_000)) { _ in
                    start.yield()
                    while !Task.isCancelled { await Task.yield() }
                }
            }
            for await _ in started { break }
            batch.cancel()
            await #expect(throws: CancellationError.self) { try await batch.value }
            let value = try await pool.run { 1 }
            #expect(value == 1)
        }
    }

    @Test("its threads end with it, and nothing that comes later is lost")
    func shutDown() async throws {
        let pool = EnvironmentPool(threads: 3)
        #expect(try await pool.run { 1 } == 1)
        await pool.shutDown()
        await pool.shutDown()
        let place = try await pool.run { WorkerThreads.current }
        #expect(place == nil)
        await #expect(throws: WhetError.self) {
            try await EnvironmentPool.with(threads: 1) { _ in throw WhetError("out") }
        }
    }
}

@Suite("Environments on a pool")
struct PooledEnvironmentTests {
    @Test("give what they give without one", arguments: [Duration.zero, .milliseconds(100), .seconds(100)])
    func same(inlineLimit: Duration) async throws {
        let bare = Guessing()
        try await EnvironmentPool.with(threads: 3) { pool in
            let pooled = PooledEnvironment(bare, on: pool, inlineLimit: inlineLimit)
            #expect(pooled.name == bare.name)
            for seed in 0..<UInt64(40) {
                let task = try await pooled.task(level: 1, seed: seed)
                #expect(try task == bare.task(level: 1, seed: seed))
                let demonstration = try #require(try await pooled.demonstration(of: task))
                #expect(try demonstration == bare.demonstration(of: task))
                let first = task.messages + demonstration.prefix(1)
                let whole = task.messages + demonstration
                let (reply, end) = (
                    try await bare.reply(to: first, of: task), try await bare.reply(to: whole, of: task)
                )
                #expect(try await pooled.reply(to: first, of: task) == reply)
                #expect(try await pooled.reply(to: whole, of: task) == end)
                let score = try await bare.score(whole, of: task)
                #expect(try await pooled.score(whole, of: task) == score)
            }
        }
    }

    @Test("answer batches in their order, and fail an item alone")
    func batches() async throws {
        let bare = Doubling(.cannotGenerate)
        try await EnvironmentPool.with(threads: 2) { pool in
            let pooled = PooledEnvironment(bare, on: pool)
            let tasks = try await pooled.tasks((0..<50).map { (level: 0, seed: $0) })
            #expect(tasks.indices.filter { (try? tasks[$0].get()) == nil } == [3])
            let made = try tasks.filter { (try? $0.get()) != nil }.map { try $0.get() }
            #expect(made.map(\.seed) == (0..<50).filter { $0 != 3 })
            let episodes = try made.map { task in
                PooledEnvironment.Episode(
                    task, task.messages + (task.seed % 2 == 0 ? try bare.demonstration(of: task) ?? [] : []))
            }
            let scores = try await pooled.scores(of: episodes).map { try $0.get().isSolved }
            #expect(scores == made.map { $0.seed % 2 == 0 })
            #expect(try await pooled.replies(to: episodes).allSatisfy { try $0.get() == nil })
        }
    }

    @Test("are left alone where they wait for somebody else")
    func elsewhere() {
        struct Far: Environment {
            var name: String { "Far" }
            var computesHere: Bool { false }
            func task(level: Int, seed: UInt64) throws -> PracticeTask { throw WhetError("far") }
            func score(_ messages: [Message], of task: PracticeTask) async throws -> Score { throw WhetError("far") }
        }
        let pool = EnvironmentPool(threads: 1)
        #expect(pool.environment(Far()) is Far)
        #expect(pool.environment(Guessing()) is PooledEnvironment)
    }

    @Test("what was never seen is dear, what was quick cheap, what was slow dear at once")
    func costs() {
        let estimate = CostEstimate(inlineLimit: .microseconds(100))
        #expect(!estimate.isCheap)
        for _ in 0..<12 { estimate.saw(.microseconds(2)) }
        #expect(estimate.isCheap)
        estimate.saw(.milliseconds(2))
        #expect(!estimate.isCheap)
        for _ in 0..<60 { estimate.saw(.microseconds(2)) }
        #expect(estimate.isCheap)
        estimate.saw(.seconds(10_000_000))
        #expect(!estimate.isCheap)
        let never = CostEstimate(inlineLimit: .zero)
        for _ in 0..<100 { never.saw(.zero) }
        #expect(!never.isCheap)
    }
}
