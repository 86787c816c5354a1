import Foundation
import Synchronization

/// Threads that run what tasks have to compute, so that the cooperative threads need not.
///
/// Keeps: whatever is enqueued runs once; after `close` it runs on the cooperative threads, so that no task hangs.
/// Every thread ends once it is closed and its queue is empty.
final class WorkerThreads: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        /// Jobs before it have been taken.
        var next = 0
        var isClosed = false
        var running = 0
        var waitsForEnd: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    /// One for each job, and one for each thread when it is closed.
    private let bell = DispatchSemaphore(value: 0)
    private let count: Int

    init(count: Int) {
        self.count = count
        state.withLock { $0.running = count }
        for index in 0..<count {
            let thread = Thread { [self] in
                Thread.current.threadDictionary[Self.mark] = index
                run()
            }
            thread.name = "whet environment"
            // Scorers that parse what policies nested recurse as deep as on a main thread.
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    private static let mark = "whet environment thread"

    /// Which of the threads of some pool this is called on; nil on any other thread.
    static var current: Int? { Thread.current.threadDictionary[mark] as? Int }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isTaken = state.withLock { state in
            guard !state.isClosed else { return false }
            state.jobs.append(job)
            return true
        }
        if isTaken { bell.signal() } else { globalConcurrentExecutor.enqueue(job) }
    }

    private func run() {
        while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
        let waiting = state.withLock { state in
            state.running -= 1
            defer { if state.running == 0 { state.waitsForEnd = [] } }
            return state.running == 0 ? state.waitsForEnd : []
        }
        for continuation in waiting { continuation.resume() }
    }

    /// The oldest job; nil once there will be none.
    private func next() -> UnownedJob? {
        bell.wait()
        return state.withLock { state in
            guard state.next < state.jobs.count else { return nil }
            let job = state.jobs[state.next]
            state.next += 1
            if state.next == state.jobs.count || state.next >= 4096 {
                state.jobs.removeFirst(state.next)
                state.next = 0
            }
            return job
        }
    }

    /// Lets the threads end when all that was enqueued has run.
    func close() {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        if isFirst { for _ in 0..<count { bell.signal() } }
    }

    /// Returns when every thread has run its last job. Never ends unless it was closed.
    func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if state.running > 0 { state.waitsForEnd.append(continuation) }
                return state.running == 0
            }
            if hasEnded { continuation.resume() }
        }
    }
}
