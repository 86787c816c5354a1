import Foundation
import NIOCore
import Synchronization
import WhetCore
import WhetEngine

/// One model in training, and the task that carries out its calls, one after the other.
///
/// Keeps: every call is settled: carried out, or failed because the model has ended.
final class ModelWorker: Sendable {
    /// What is done for a call; its answer is JSON.
    typealias Work = @Sendable (ModelWorker) async throws -> ByteBuffer

    /// A call that waits for its turn.
    struct Call: Sendable {
        /// Of its answer.
        let request: String
        let work: Work
    }

    let id: String
    let session: String
    /// What stays of it in its checkpoints.
    let run: CheckpointShelf.Run
    private let backendBox: Mutex<EmbeddedBackend?>
    private let futures: FutureTable
    private let calls: AsyncStream<Call>.Continuation
    private let worker = Mutex<Task<Void, Never>?>(nil)
    private let hasEnded = Mutex(false)

    init(id: String, session: String, run: CheckpointShelf.Run, futures: FutureTable) {
        self.id = id
        self.session = session
        self.run = run
        self.futures = futures
        backendBox = Mutex(nil)
        let (stream, continuation) = AsyncStream<Call>.makeStream()
        calls = continuation
        let task = Task { [weak self] in
            for await call in stream {
                guard let self, !self.isEnded else {
                    futures.settle(call.request, .failed(ModelWorker.ended))
                    continue
                }
                do { futures.settle(call.request, .done(try await call.work(self))) } catch {
                    futures.settle(call.request, .failed(CallFailure(error)))
                }
            }
        }
        worker.withLock { $0 = task }
    }

    /// The trainer; made by the first call.
    ///
    /// - Throws: `WhetError` when it has not been made, or the model has ended.
    var backend: EmbeddedBackend {
        get throws {
            guard let backend = backendBox.withLock({ $0 }) else { throw WhetError("the model has ended") }
            return backend
        }
    }

    func begin(_ backend: EmbeddedBackend) { backendBox.withLock { $0 = backend } }

    func carryOut(_ due: [Call]) {
        for call in due {
            if case .terminated = calls.yield(call) { futures.settle(call.request, .failed(ModelWorker.ended)) }
        }
    }

    private var isEnded: Bool { hasEnded.withLock { $0 } }

    /// Fails what waits, and frees the memory once what runs has run.
    ///
    /// - Parameter waiting: calls whose turn has not come.
    func end(waiting: [Call]) async {
        hasEnded.withLock { $0 = true }
        for call in waiting { futures.settle(call.request, .failed(ModelWorker.ended)) }
        calls.finish()
        await worker.withLock { $0 }?.value
        backendBox.withLock { $0 = nil }
    }

    private static let ended = CallFailure(
        "the model has ended: it was unloaded, or its session ended; checkpoints can be loaded into a new one",
        isOfClient: true)
}
