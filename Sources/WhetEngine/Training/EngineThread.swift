import Dispatch
import Foundation
import Synchronization

/// One thread that runs an actor's jobs, so that hours of arithmetic never sit on Swift's cooperative threads.
///
/// Give an actor one through `unownedExecutor`. The thread ends when the executor goes away.
final class EngineThread: SerialExecutor {
    /// What the thread and those who give it work share.
    private final class Inbox: Sendable {
        struct State {
            var jobs: [UnownedJob] = []
            var isClosed = false
        }
        let state = Mutex(State())
        let filled = DispatchSemaphore(value: 0)

        /// The next jobs, in order; empty when it was closed.
        func take() -> [UnownedJob] {
            filled.wait()
            return state.withLock { state in
                defer { state.jobs = [] }
                return state.jobs
            }
        }

        var isClosed: Bool { state.withLock { $0.isClosed } }
    }

    private let inbox = Inbox()

    init(name: String) {
        let inbox = inbox
        let executor = WeakExecutor(self)
        let thread = Thread {
            while !inbox.isClosed {
                for job in inbox.take() {
                    // Whoever waits for a job keeps its actor alive, and the actor its executor.
                    guard let executor = executor.value else { return }
                    job.runSynchronously(on: executor.asUnownedSerialExecutor())
                }
            }
        }
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }

    deinit {
        inbox.state.withLock { $0.isClosed = true }
        inbox.filled.signal()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        inbox.state.withLock { $0.jobs.append(job) }
        inbox.filled.signal()
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
}

/// `weak` reads are atomic, which the compiler cannot see.
private final class WeakExecutor: @unchecked Sendable {
    weak var value: EngineThread?
    init(_ value: EngineThread) { self.value = value }
}
