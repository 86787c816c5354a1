import Synchronization
import WhetCore
import WhetProcess

/// The process that interpreters are forked from, and the way to each of them.
///
/// Keeps: a call gets its own session's answer or an error; a host that says what cannot be understood is killed.
final class PythonHost: Sendable {
    /// What became of a call.
    enum Answer: Hashable, Sendable {
        case output(String, isError: Bool)
        /// The interpreter is gone, by what its code did.
        case ended(String)
    }

    /// What a session says in the course of a call.
    private enum Event: Sendable {
        case answer(Answer)
        case function(number: Int, name: String, arguments: String)
    }

    private typealias Events = AsyncThrowingStream<Event, any Error>

    private struct State {
        var reader = LineReader(limit: 1 << 24)
        var complaints = OutputTail()
        var channel: (any MCPChannel)?
        var nextNumber = 1
        /// Calls that run, by session.
        var waiting: [Int: (id: Int, events: Events.Continuation)] = [:]
        /// What sessions that ended while nobody asked them have said.
        var ended: [Int: Result<Answer, any Error>] = [:]
        var open: Set<Int> = []
        var isReady = false
        var fault: ToolFailure?
        var hasEnded = false
        var failure: ToolFailure?
        var mourners: [CheckedContinuation<Void, Never>] = []
    }

    private static let place = "tool python"
    private let state = Mutex(State())

    init(_ command: ProcessCommand) {
        let channel = Subprocess(command) { [self] in receive($0) }
        let isToBeKilled = state.withLock { state in
            if !state.hasEnded { state.channel = channel }
            return state.fault != nil
        }
        // It may have misbehaved before there was a way to kill it.
        if isToBeKilled { channel.kill() }
    }

    var isOpen: Bool { state.withLock { $0.fault == nil && !$0.hasEnded } }

    /// How many sessions there are.
    var count: Int { state.withLock { $0.open.count } }

    /// Begins a session.
    func open() -> Int {
        let number = state.withLock { state in
            defer { state.nextNumber += 1 }
            state.open.insert(state.nextNumber)
            return state.nextNumber
        }
        send(["session": .integer(number), "open": true])
        return number
    }

    func close(_ session: Int) {
        let wasOpen = state.withLock { state in
            state.ended[session] = nil
            return state.open.remove(session) != nil
        }
        if wasOpen { send(["session": .integer(session), "close": true]) }
    }

    /// Runs code in a session, one call at a time.
    ///
    /// - Parameter functions: what the code can call. Those calls are over when this returns.
    /// - Throws: `ToolFailure` where it could not be run; `CancellationError`, with which the session ends.
    func call(
        _ session: Int, _ code: String, seconds: Double, functions: (any HostFunctions)?
    ) async throws -> Answer {
        let (events, inlet) = Events.makeStream()
        let (known, id) = state.withLock { state -> (Result<Answer, any Error>?, Int) in
            if let failure = state.failure ?? state.fault { return (.failure(failure), 0) }
            if let last = state.ended.removeValue(forKey: session) { return (last, 0) }
            defer { state.nextNumber += 1 }
            state.waiting[session] = (state.nextNumber, inlet)
            return (nil, state.nextNumber)
        }
        if let known { return try known.get() }
        send([
            "session": .integer(session), "id": .integer(id), "code": .string(code), "seconds": .number(seconds),
            "functions": .bool(functions != nil),
        ])
        return try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            for try await event in events {
                switch event {
                case .answer(let answer): return answer
                case .function(let number, let name, let arguments):
                    group.addTask { [self] in
                        let result = await functions.result(of: name, arguments)
                        send(result.message(to: session, number))
                    }
                }
            }
            // They end without an answer only where the task was cancelled.
            giveUp(session)
            throw CancellationError()
        }
    }

    /// Ends it, and all sessions with it.
    func close() async {
        kill()
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.mourners.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    func kill() { state.withLock { $0.channel }?.kill() }

    /// Ends it because it does not do what it should.
    func kill(_ failure: ToolFailure) {
        state.withLock { $0.fault = $0.fault ?? failure }
        kill()
    }

    private func giveUp(_ session: Int) {
        state.withLock { $0.waiting[session] = nil }
        close(session)
    }

    private func send(_ message: JSONValue) {
        state.withLock { $0.channel }?.send(Array(message.text().utf8) + [0x0A])
    }
}

// MARK: What the process says

extension PythonHost {
    /// On the process's thread.
    private func receive(_ event: Subprocess.Event) {
        switch event {
        case .complaint(let bytes): state.withLock { $0.complaints.append(bytes) }
        case .deadlinePassed: break
        case .output(let bytes):
            do {
                for line in try state.withLock({ try $0.reader.lines(with: bytes) }) {
                    try take(JSONValue(parsing: line))
                }
            } catch {
                kill(
                    ToolFailure(
                        .garbled, "the host of the interpreters wrote what cannot be understood", at: Self.place))
            }
        case .ended(let ending): end(ending)
        }
    }

    private func take(_ message: JSONValue) throws {
        if message["ready"]?.bool == true { return state.withLock { $0.isReady = true } }
        let session = try message.required("session", "a number", \.integer)
        if let number = message["function"]?.integer {
            let id = try message.required("id", "a number", \.integer)
            let event = Event.function(
                number: number, name: try message.required("name", "a text", \.string),
                arguments: try message.required("arguments", "a text", \.string))
            let waiting = state.withLock { $0.waiting[session] }
            if waiting?.id == id { waiting?.events.yield(event) }
        } else if let why = message["ended"]?.string {
            finish(session, .success(.ended(why)))
        } else if let why = message["failed"]?.string {
            finish(session, .failure(Self.failure(why, isOfPrelude: message["prelude"]?.bool == true)))
        } else if let output = message["output"]?.string {
            let id = try message.required("id", "a number", \.integer)
            guard state.withLock({ $0.waiting[session]?.id }) == id else { return }
            finish(session, .success(.output(output, isError: message["error"]?.bool ?? false)))
        } else {
            throw WhetError("\(message.excerpt) is no answer")
        }
    }

    /// Ends a session's call, if one runs, and the session, if that is what it says.
    private func finish(_ session: Int, _ result: Result<Answer, any Error>) {
        let waiting = state.withLock { state in
            let waiting = state.waiting.removeValue(forKey: session)
            if case .success(.output) = result { return waiting }
            if state.open.remove(session) != nil, waiting == nil { state.ended[session] = result }
            return waiting
        }
        guard let events = waiting?.events else { return }
        switch result {
        case .success(let answer):
            events.yield(.answer(answer))
            events.finish()
        case .failure(let failure): events.finish(throwing: failure)
        }
    }

    private static func failure(_ why: String, isOfPrelude: Bool) -> ToolFailure {
        isOfPrelude
            ? ToolFailure(
                .unavailable, "the interpreters' prelude fails: \(why)", at: place, remedy: "mend Settings.prelude")
            : ToolFailure(
                .unavailable, "an interpreter cannot be started: \(why)", at: place,
                remedy: "allow namespaces within namespaces, and raise the limits of processes and open files")
    }

    private func end(_ ending: Subprocess.Ending) {
        let (waiting, mourners, failure) = state.withLock { state in
            var failure =
                state.fault
                ?? ToolFailure(
                    state.isReady ? .died : .unavailable, "the host of the interpreters ended with \(ending.words)",
                    at: Self.place)
            if let words = state.complaints.lastLines() { failure.error.remedy = "see its last words:\n\(words)" }
            state.hasEnded = true
            state.failure = failure
            state.channel = nil
            state.open = []
            defer { (state.waiting, state.mourners) = ([:], []) }
            return (Array(state.waiting.values), state.mourners, failure)
        }
        for (_, events) in waiting { events.finish(throwing: failure) }
        for mourner in mourners { mourner.resume() }
    }
}
