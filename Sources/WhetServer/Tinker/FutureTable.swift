import NIOCore
import Synchronization
import WhetCore
import WhetServing

/// Answers that are being worked out, under the ids that clients ask for them with.
///
/// Keeps: an id is settled once; whoever waits for it, and whoever asks later, gets the same answer.
final class FutureTable: Sendable {
    enum Outcome: Sendable {
        /// JSON.
        case done(ByteBuffer)
        case failed(CallFailure)
    }

    enum Lookup: Sendable {
        case settled(Outcome)
        case pending
        case unknown
    }

    private struct Entry {
        /// The session that it goes away with.
        let session: String
        var outcome: Outcome?
        var waiting: [Int: CheckedContinuation<Lookup, Never>] = [:]
        var settledAt: ContinuousClock.Instant?
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var nextWaiter = 0
        var isStopped = false
    }

    private let state = Mutex(State())

    /// A new id.
    func open(session: String) -> String {
        let id = TinkerName.new("request")
        state.withLock { $0.entries[id] = Entry(session: session) }
        return id
    }

    /// Whose answer it is; nil for an unknown id.
    func session(of id: String) -> String? { state.withLock { $0.entries[id]?.session } }

    func settle(_ id: String, _ outcome: Outcome, at now: ContinuousClock.Instant = .now) {
        let waiting = state.withLock { state in
            guard state.entries[id]?.outcome == nil else { return [CheckedContinuation<Lookup, Never>]() }
            state.entries[id]?.outcome = outcome
            state.entries[id]?.settledAt = now
            defer { state.entries[id]?.waiting = [:] }
            return Array((state.entries[id]?.waiting ?? [:]).values)
        }
        for continuation in waiting { continuation.resume(returning: .settled(outcome)) }
    }

    /// The answer, once there is one; `pending` when `patience` has run out first.
    func outcome(of id: String, patience: Duration) async -> Lookup {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let timer = Task { [weak self] in
            try? await Task.sleep(for: patience)
            self?.giveUp(waiter, on: id)
        }
        defer { timer.cancel() }
        return await withCheckedContinuation { continuation in
            let found: Lookup? = state.withLock { state in
                guard let entry = state.entries[id] else { return .unknown }
                if let outcome = entry.outcome { return .settled(outcome) }
                if state.isStopped || patience <= .zero { return .pending }
                state.entries[id]?.waiting[waiter] = continuation
                return nil
            }
            if let found { continuation.resume(returning: found) }
        }
    }

    private func giveUp(_ waiter: Int, on id: String) {
        state.withLock { $0.entries[id]?.waiting.removeValue(forKey: waiter) }?.resume(returning: .pending)
    }

    /// Lets go of a session's answers.
    func drop(session: String) {
        drop { $0.session == session }
    }

    /// Lets go of answers that were there before `instant`: nobody asks for them any more.
    func drop(settledBefore instant: ContinuousClock.Instant) {
        drop { entry in entry.settledAt.map { $0 < instant } ?? false }
    }

    private func drop(_ condition: (Entry) -> Bool) {
        let waiting = state.withLock { state in
            let dropped = state.entries.filter { condition($0.value) }
            for id in dropped.keys { state.entries[id] = nil }
            return dropped.values.flatMap { $0.waiting.values }
        }
        for continuation in waiting { continuation.resume(returning: .unknown) }
    }

    /// Nobody waits from now on.
    func stop() {
        let waiting = state.withLock { state in
            state.isStopped = true
            let waiting = state.entries.values.flatMap { $0.waiting.values }
            for id in state.entries.keys { state.entries[id]?.waiting = [:] }
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: .pending) }
    }
}

/// Why a call came to nothing.
struct CallFailure: Sendable {
    /// For a person.
    let sentence: String
    /// Whether the call was wrong; else the server failed.
    let isOfClient: Bool

    init(_ sentence: String, isOfClient: Bool) {
        self.sentence = sentence
        self.isOfClient = isOfClient
    }

    init(_ error: any Error) {
        switch error {
        case let error as WhetError:
            self.init((error.place.map { "\($0): " } ?? "") + error.sentence, isOfClient: true)
        case is CancellationError: self.init("the server is stopping, or the session has ended", isOfClient: false)
        default:
            let problem = RequestProblem(serving: error)
            self.init(problem.message, isOfClient: problem.status.code < 500)
        }
    }

    var json: JSONValue { ["error": .string(sentence), "category": isOfClient ? "user" : "server"] }
}

/// Names that the server gives.
enum TinkerName {
    static func new(_ kind: String) -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return "\(kind)-" + String(repeating: "0", count: 16 - digits.count) + digits
    }
}
