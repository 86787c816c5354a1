import Synchronization
import WhetCore

/// Runs the workers of an environment program: starts them when there is something to do, hands them what waits in
/// batches, and replaces those that fail.
///
/// Keeps: every item gets its own answer or an error, never a made-up one; an item goes to one worker once, so what a
/// failed worker held fails; who shares a batch depends on timing, but as the protocol is stateless no answer does; a
/// worker has one request at a time, so what is in flight is bounded and callers are held back by waiting.
///
/// Not an actor: answers come from the workers' threads, and a lock gives the next batch to a worker without a hop.
final class WorkerPool: Sendable {
    typealias Answer = CheckedContinuation<JSONValue, any Error>

    fileprivate enum Phase {
        case empty
        case starting(Worker, generation: Int)
        case idle(Worker, generation: Int)
        case busy(Worker, generation: Int, Batch)
    }

    fileprivate struct Batch {
        let id: Int
        let request: WorkerRequest
        let tickets: [Int]
    }

    private struct State {
        var slots: [Phase]
        /// Who waits for an answer, in a queue or at a worker. Who is cancelled is taken out.
        var answers: [Int: Answer] = [:]
        var queues = WaitingQueues()
        var nextTicket = 0
        var nextRequest = 1
        var nextGeneration = 0
        /// When workers failed, those before the window forgotten.
        var failures: [ContinuousClock.Instant] = []
        var lastFailure: WhetError?
        var isShutDown = false
        /// Who waits for all workers to be gone.
        var mourners: [CheckedContinuation<Void, Never>] = []
        /// How many workers were ever started.
        var starts = 0
    }

    let program: EnvironmentProgram
    private let state: Mutex<State>

    /// Starts nothing yet.
    init(_ program: EnvironmentProgram) {
        self.program = program
        state = Mutex(State(slots: Array(repeating: .empty, count: program.workers)))
    }

    deinit {
        for slot in state.withLock({ $0.slots }) { slot.worker?.kill("whet has no more use for it") }
    }

    /// What the program says that it has.
    ///
    /// - Throws: `WhetError` when it cannot be started or does not speak the protocol.
    func environments() async throws -> [ProgramEnvironment] {
        let hello = try await hello()
        do { return try ProgramEnvironment.list(hello) } catch let error as WhetError {
            throw error.within(program.place)
        }
    }

    /// The same in the program's own words, to be kept.
    func hello() async throws -> JSONValue { try await answer(to: .hello, item: []) }

    /// Kills all workers, fails what waits, and returns when no process is left. Later calls fail.
    func shutDown() async {
        await withCheckedContinuation { continuation in
            let (workers, answers) = state.withLock { state in
                state.isShutDown = true
                let workers = state.slots.compactMap(\.worker)
                state.mourners.append(continuation)
                defer { (state.answers, state.queues) = ([:], WaitingQueues()) }
                return (workers, state.answers)
            }
            for answer in answers.values { answer.resume(throwing: shutDownError) }
            for worker in workers { worker.kill("whet shut it down") }
            settle()
        }
    }

    /// How many workers were started so far: for reports and tests.
    var starts: Int { state.withLock { $0.starts } }

    /// Asks any worker for one item.
    ///
    /// - Parameter item: JSON text.
    /// - Throws: `WhetError` when the program reports an error for it, when the worker that held it failed, or when
    ///   workers fail again and again; `CancellationError`.
    func answer(to request: WorkerRequest, item: [UInt8]) async throws -> JSONValue {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { state in
                    state.answers[ticket] = continuation
                    state.queues.append(ticket, item, to: request)
                }
                // A task that was cancelled before it came here has called `cancel` in vain.
                if Task.isCancelled { cancel(ticket) }
                settle()
            }
        } onCancel: {
            cancel(ticket)
        }
    }

    private func cancel(_ ticket: Int) {
        state.withLock { $0.answers.removeValue(forKey: ticket) }?.resume(throwing: CancellationError())
    }

    private var shutDownError: WhetError { WhetError("the environment's workers were shut down", at: program.place) }
}

// MARK: Giving out work

extension WorkerPool {
    /// Gives idle workers what waits, starts workers if there are too few, fails what cannot be done.
    private func settle() {
        var failed: [(Answer, WhetError)] = []
        var mourners: [CheckedContinuation<Void, Never>] = []
        state.withLock { state in
            if state.isShutDown {
                failed = state.answers.values.map { ($0, shutDownError) }
                (state.answers, state.queues) = ([:], WaitingQueues())
                if state.slots.allSatisfy({ $0.worker == nil }) {
                    (mourners, state.mourners) = (state.mourners, [])
                }
                return
            }
            state.queues.removeLeading { state.answers[$0] == nil }
            giveOut(&state)
            guard !state.queues.isEmpty else { return }
            if let error = refusal(&state) {
                // Those that still live go on; where there is none, nothing that waits will ever have its turn.
                guard state.slots.allSatisfy({ $0.worker == nil }) else { return }
                for ticket in state.queues.removeAll() {
                    if let answer = state.answers.removeValue(forKey: ticket) { failed.append((answer, error)) }
                }
                return
            }
            start(&state)
        }
        for (answer, error) in failed { answer.resume(throwing: error) }
        for mourner in mourners { mourner.resume() }
    }

    private func giveOut(_ state: inout State) {
        for index in state.slots.indices {
            guard case .idle(let worker, let generation) = state.slots[index] else { continue }
            // Not all that waits for the first who is free: the others are to have their share.
            let share = (state.queues.count + state.slots.count - 1) / state.slots.count
            let answers = state.answers
            guard
                let (request, items) = state.queues.next(
                    min(program.batchSize, max(1, share)), where: { answers[$0] != nil })
            else { return }
            let id = state.nextRequest
            state.nextRequest += 1
            let batch = Batch(id: id, request: request, tickets: items.map(\.ticket))
            state.slots[index] = .busy(worker, generation: generation, batch)
            worker.ask(id, request.line(id: id, items: items.map(\.item)), limit: program.requestLimit)
        }
    }

    /// Why no worker is to be started now; nil if one may.
    private func refusal(_ state: inout State) -> WhetError? {
        let start = ContinuousClock.now - program.restartWindow
        state.failures.removeAll { $0 < start }
        guard state.failures.count > program.maximumRestarts, var error = state.lastFailure else { return nil }
        error.problem =
            "\(state.failures.count) workers failed within \(program.restartWindow); the last: \(error.problem)"
        return error
    }

    /// Starts as many workers as what waits can use.
    private func start(_ state: inout State) {
        var wanted = state.queues.count
        for slot in state.slots { if case .starting = slot { wanted -= 1 } }
        for index in state.slots.indices where wanted > 0 {
            guard case .empty = state.slots[index] else { continue }
            wanted -= 1
            state.starts += 1
            state.nextGeneration += 1
            let generation = state.nextGeneration
            let worker = Worker(program) { [weak self] in self?.receive($0, slot: index, generation: generation) }
            state.slots[index] = .starting(worker, generation: generation)
            let id = state.nextRequest
            state.nextRequest += 1
            worker.ask(id, WorkerRequest.hello.line(id: id, items: []), limit: program.startLimit)
        }
    }
}

// MARK: Taking in answers

extension WorkerPool {
    /// On a worker's thread.
    private func receive(_ event: Worker.Event, slot: Int, generation: Int) {
        switch event {
        case .answered(let answer): didAnswer(answer, slot: slot, generation: generation)
        case .ended(let error): didEnd(error, slot: slot, generation: generation)
        }
        settle()
    }

    private func didAnswer(_ answer: Result<JSONValue, WhetError>, slot: Int, generation: Int) {
        var answers: [(Answer, Result<JSONValue, any Error>)] = []
        state.withLock { state in
            switch state.slots[slot] {
            case .starting(let worker, generation: generation):
                do {
                    _ = try ProgramEnvironment.list(answer.get())
                    state.slots[slot] = .idle(worker, generation: generation)
                } catch {
                    let error = error as? WhetError ?? WhetError("\(error)")
                    worker.kill("its hello is not what it should be (\(error.problem)), and it was killed")
                }
            case .busy(let worker, generation: generation, let batch):
                guard let results = Self.results(answer, of: batch) else {
                    let count = (try? answer.get().array?.count).map { "\($0) results" } ?? "no list of results"
                    return worker.kill("it gave \(count) for \(batch.tickets.count) items, and was killed")
                }
                state.slots[slot] = .idle(worker, generation: generation)
                for (ticket, result) in zip(batch.tickets, results) {
                    if let waiting = state.answers.removeValue(forKey: ticket) { answers.append((waiting, result)) }
                }
            default: break
            }
        }
        for (waiting, result) in answers { waiting.resume(with: result) }
    }

    /// One result an item; nil if they are not as many.
    private static func results(
        _ answer: Result<JSONValue, WhetError>, of batch: Batch
    ) -> [Result<JSONValue, any Error>]? {
        switch answer {
        case .failure(let error): return batch.tickets.map { _ in .failure(error) }
        case .success(let value):
            if batch.request.method == .hello { return batch.tickets.map { _ in .success(value) } }
            guard let list = value.array, list.count == batch.tickets.count else { return nil }
            return list.map { item in
                guard let error = item["error"], !error.isNull else { return .success(item) }
                return .failure(
                    WhetError(error.string ?? error.excerpt, at: "environment \(batch.request.environment)"))
            }
        }
    }

    private func didEnd(_ error: WhetError, slot: Int, generation: Int) {
        var failed: [Answer] = []
        state.withLock { state in
            var tickets: [Int] = []
            let phase = state.slots[slot]
            guard phase.generation == generation else { return }
            state.slots[slot] = .empty
            state.failures.append(.now)
            state.lastFailure = error
            switch phase {
            case .busy(_, _, let batch): tickets = batch.tickets
            // What could not start once will not the next time, unless it did for another.
            case .starting where !state.slots.contains(where: \.hasStarted): tickets = state.queues.removeAll()
            default: break
            }
            failed = tickets.compactMap { state.answers.removeValue(forKey: $0) }
        }
        for answer in failed { answer.resume(throwing: error) }
    }
}

extension WorkerPool.Phase {
    fileprivate var worker: Worker? {
        switch self {
        case .empty: nil
        case .starting(let worker, _), .idle(let worker, _), .busy(let worker, _, _): worker
        }
    }

    fileprivate var generation: Int? {
        switch self {
        case .empty: nil
        case .starting(_, let generation), .idle(_, let generation), .busy(_, let generation, _): generation
        }
    }

    fileprivate var hasStarted: Bool {
        switch self {
        case .empty, .starting: false
        case .idle, .busy: true
        }
    }
}
