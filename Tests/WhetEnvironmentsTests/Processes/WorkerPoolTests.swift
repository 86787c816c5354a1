import Foundation
import Testing
import WhetCore
import WhetProcess

@testable import WhetEnvironments

/// The program in Workers/, with a fault.
func sums(
    _ fault: String = "none", from request: Int = 0, workers: Int = 1, batchSize: Int = 64,
    requestLimit: Duration = .seconds(60), startLimit: Duration = .seconds(60), maximumRestarts: Int = 8,
    restartWindow: Duration = .seconds(600)
) -> EnvironmentProgram {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Workers/worker.py").path
    return EnvironmentProgram(
        ProcessCommand("/usr/bin/python3", ["-S", script, fault, String(request)]), workers: workers,
        batchSize: batchSize, startLimit: startLimit, requestLimit: requestLimit, maximumRestarts: maximumRestarts,
        restartWindow: restartWindow, maximumLineBytes: 1 << 20)
}

/// What whet is told when it asks for a task of a program with a fault.
private func failure(_ program: EnvironmentProgram) async -> WhetError? {
    let pool = WorkerPool(program)
    let error = await #expect(throws: WhetError.self) {
        let environment = try await ProcessEnvironment("sums", pool: pool)
        _ = try await environment.task(level: 0, seed: 1)
    }
    await pool.shutDown()
    return error
}

@Suite("Workers of environment programs", .timeLimit(.minutes(3)))
struct WorkerPoolTests {
    @Test(
        "that misbehave fail what they held, with a reason",
        arguments: [
            ("dies", "exit status 3"), ("garbage", "which is no JSON object"), ("number", "which is no JSON object"),
            ("wrong-id", "instead of"), ("wrong-count", "0 results for 1 items"), ("no-list", "no list of results"),
            ("neither", "neither a result nor an error"), ("twice", "once"), ("error", "all of it"),
            ("huge-line", "a line of more than 1048576 bytes"), ("leaves-a-child", "exit status 4"),
        ])
    func failsWhatWasHeld(_ fault: String, _ words: String) async {
        let error = await failure(sums(fault, maximumRestarts: 0))
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("worker.py") == true)
    }

    @Test("that die are quoted")
    func quotesLastWords() async {
        let error = await failure(sums("dies"))
        #expect(error?.description.contains("a reason on standard error") == true)
    }

    @Test("that hang are killed")
    func killsHanging() async {
        let error = await failure(sums("hangs", requestLimit: .milliseconds(50)))
        #expect(error?.description.contains("no answer in time") == true)
    }

    @Test(
        "that cannot start fail what waits, at once",
        arguments: [
            ("dies-at-start", "no module named nonsense"), ("version", "speaks version 2"),
            ("chatters", "hello, I am starting"),
        ])
    func failsAtStart(_ fault: String, _ words: String) async {
        let error = await failure(sums(fault))
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test("that hang while they start are killed")
    func killsHangingStarts() async {
        let error = await failure(sums("hangs-at-start", startLimit: .milliseconds(50)))
        #expect(error?.description.contains("no answer in time") == true)
    }

    @Test("that are not there are reported")
    func reportsMissingPrograms() async {
        let error = await failure(EnvironmentProgram(ProcessCommand("no-such-program-anywhere")))
        #expect(error?.description.contains("no-such-program-anywhere") == true)
    }

    @Test("may write as much as they like to standard error")
    func bearsFloods() async throws {
        let pool = WorkerPool(sums("flood"))
        let environment = try await ProcessEnvironment("sums", pool: pool)
        #expect(try await environment.task(level: 0, seed: 1).messages == [Message(.user, "1 + 0?")])
        await pool.shutDown()
    }

    @Test("are replaced when they fail, and only what they held is lost")
    func restarts() async throws {
        let pool = WorkerPool(sums("poison"))
        let environment = try await ProcessEnvironment("sums", pool: pool)
        let task = try await environment.task(level: 0, seed: 1)
        for _ in 0..<2 {
            await #expect(throws: WhetError.self) {
                try await environment.score(task.messages + [Message(.assistant, "poison")], of: task)
            }
            let score = try await environment.score(task.messages + [Message(.assistant, "1")], of: task)
            #expect(score.reward == 1)
        }
        #expect(pool.starts == 3)
        await pool.shutDown()
    }

    @Test("are given up when they fail again and again, until the window has moved on")
    func boundsRestarts() async throws {
        let pool = WorkerPool(sums("poison", maximumRestarts: 1))
        let environment = try await ProcessEnvironment("sums", pool: pool)
        let task = try await environment.task(level: 0, seed: 1)
        let poison = task.messages + [Message(.assistant, "poison")]
        for _ in 0..<2 {
            await #expect(throws: WhetError.self) { try await environment.score(poison, of: task) }
        }
        let error = await #expect(throws: WhetError.self) { try await environment.task(level: 0, seed: 2) }
        #expect(error?.description.contains("2 workers failed within") == true)
        #expect(pool.starts == 2)
        await pool.shutDown()
    }

    @Test("that were given up get another chance after the window")
    func forgivesAfterTheWindow() async throws {
        let pool = WorkerPool(sums("poison", maximumRestarts: 0, restartWindow: .nanoseconds(1)))
        let environment = try await ProcessEnvironment("sums", pool: pool)
        let task = try await environment.task(level: 0, seed: 1)
        let poison = task.messages + [Message(.assistant, "poison")]
        await #expect(throws: WhetError.self) { try await environment.score(poison, of: task) }
        #expect(try await environment.task(level: 0, seed: 1) == task)
        await pool.shutDown()
    }

    @Test("share what waits, in batches, and the results do not depend on how")
    func batches() async throws {
        func tasks(_ program: EnvironmentProgram) async throws -> [PracticeTask] {
            let pool = WorkerPool(program)
            let environment = try await ProcessEnvironment("sums", pool: pool)
            let tasks = try await withThrowingTaskGroup(of: (Int, PracticeTask).self) { group in
                for index in 0..<300 {
                    group.addTask {
                        (index, try await environment.task(level: index % 4, seed: UInt64(1000 + index) << 50))
                    }
                }
                return try await group.reduce(into: [PracticeTask?](repeating: nil, count: 300)) { $0[$1.0] = $1.1 }
            }
            #expect(pool.starts <= program.workers)
            await pool.shutDown()
            return tasks.compactMap { $0 }
        }
        let alone = try await tasks(sums(workers: 1, batchSize: 1))
        #expect(alone.count == 300)
        #expect(alone[3].problem["seed"] == .string(String(UInt64(1003) << 50)))
        #expect(try await tasks(sums(workers: 3, batchSize: 7)) == alone)
        #expect(try await tasks(sums(workers: 2, batchSize: 1000)) == alone)
    }

    @Test("that die with a batch fail all of it and nothing else")
    func failsBatches() async throws {
        let pool = WorkerPool(sums("poison", workers: 2, batchSize: 8))
        let environment = try await ProcessEnvironment("sums", pool: pool)
        let task = try await environment.task(level: 0, seed: 1)
        let outcomes = await withTaskGroup(of: Result<Score, any Error>.self) { group in
            for index in 0..<100 {
                let answer = index == 50 ? "poison" : "1"
                group.addTask {
                    do {
                        return .success(
                            try await environment.score(task.messages + [Message(.assistant, answer)], of: task))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let scores = outcomes.compactMap { try? $0.get() }
        #expect(scores.allSatisfy { $0.reward == 1 })
        #expect((92...99).contains(scores.count), "\(scores.count)")
        await pool.shutDown()
    }

    @Test("are left alone by a task that is cancelled")
    func cancels() async throws {
        let pool = WorkerPool(sums("hangs", from: 3))
        let environment = try await ProcessEnvironment("sums", pool: pool)
        let waiting = Task { try await environment.task(level: 0, seed: 1) }
        let queued = Task { try await environment.task(level: 0, seed: 2) }
        waiting.cancel()
        queued.cancel()
        for task in [waiting, queued] {
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        #expect(pool.starts == 1)
        await pool.shutDown()
    }

    @Test("end when the pool is shut down, and nobody waits for ever")
    func shutsDown() async throws {
        let pool = WorkerPool(sums("hangs", from: 3))
        let environment = try await ProcessEnvironment("sums", pool: pool)
        let waiting = Task { try await environment.task(level: 0, seed: 1) }
        await pool.shutDown()
        await #expect(throws: WhetError.self) { try await waiting.value }
        await #expect(throws: WhetError.self) { try await environment.task(level: 0, seed: 1) }
        await pool.shutDown()
    }
}
