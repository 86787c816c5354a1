import Foundation
import Synchronization
import WhetCore
import WhetProcess

/// What a connection needs of a running program; tests have others than `Subprocess`.
protocol MCPChannel: Sendable {
    func send(_ bytes: [UInt8])
    func endInput()
    func kill()
}

extension Subprocess: MCPChannel {}

/// An MCP server that is a program: a message a line, on its standard input and output.
///
/// Keeps: a server that writes what is no message, answers what nobody asked, writes a line that is too long or leaves
/// three requests one after the other without an answer in time is killed, and what it was asked fails.
final class MCPProcessConnection: MCPConnection {
    typealias Answer = CheckedContinuation<Result<JSONValue, MCPFault>, any Error>
    /// Starts the program.
    typealias Start = @Sendable (_ handle: @escaping @Sendable (Subprocess.Event) -> Void) -> any MCPChannel

    private struct State {
        var reader: LineReader
        var complaints = OutputTail()
        var channel: (any MCPChannel)?
        var nextID = 1
        var waiting: [Int: Answer] = [:]
        /// Requests that nobody waits for any more; the server may still answer them.
        var abandoned: Set<Int> = []
        /// How many requests ran out of time since the last answer.
        var silences = 0
        /// Why it was killed; the first reason counts.
        var fault: ToolFailure?
        var hasEnded = false
        /// Why requests fail, once it has ended.
        var failure: ToolFailure?
        var mourners: [CheckedContinuation<Void, Never>] = []
    }

    private static let toleratedSilences = 3
    private static let endLimit = Duration.seconds(2)
    private let place: String
    private let maximumLineBytes: Int
    private let state: Mutex<State>

    convenience init(_ command: ProcessCommand, maximumLineBytes: Int) {
        self.init(place: "MCP server \(command.words)", maximumLineBytes: maximumLineBytes) { handle in
            Subprocess(command, handle: handle)
        }
    }

    init(place: String, maximumLineBytes: Int, start: Start) {
        self.place = place
        self.maximumLineBytes = maximumLineBytes
        state = Mutex(State(reader: LineReader(limit: maximumLineBytes)))
        let channel = start { [self] in receive($0) }
        let isToBeKilled = state.withLock { state in
            if !state.hasEnded { state.channel = channel }
            return state.fault != nil
        }
        // It may have misbehaved before there was a way to kill it.
        if isToBeKilled { channel.kill() }
    }

    var isOpen: Bool { state.withLock { $0.fault == nil && !$0.hasEnded } }

    func agree(on version: String) {}

    func request(_ method: String, _ parameters: JSONValue, limit: Duration) async throws -> JSONValue {
        do {
            return try await within(limit, of: "\(place), \(method)") {
                // A server's own error travels as a value, so that it stays what it is.
                try await self.answer(to: method, parameters)
            }.get()
        } catch let failure as ToolFailure {
            if failure.kind == .timedOut { noteSilence() }
            throw failure
        }
    }

    private func answer(to method: String, _ parameters: JSONValue) async throws -> Result<JSONValue, MCPFault> {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (failure, channel) = state.withLock { state -> (ToolFailure?, (any MCPChannel)?) in
                    if let failure = state.failure ?? state.fault { return (failure, nil) }
                    state.waiting[id] = continuation
                    return (nil, state.channel)
                }
                if let failure { return continuation.resume(throwing: failure) }
                channel?.send(Self.line(MCPMessage.request(id: id, method: method, parameters)))
                // A task that was cancelled before it came here has called `giveUp` in vain.
                if Task.isCancelled { giveUp(id) }
            }
        } onCancel: {
            giveUp(id)
        }
    }

    func notify(_ method: String) async throws { send(MCPMessage.notification(method: method)) }

    func close() async {
        let channel = state.withLock { $0.channel }
        guard let channel else { return }
        channel.endInput()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.ended() }
            group.addTask {
                // A server that does not end by itself is made to. Who cancels this wait wants it at once.
                do { try await Task.sleep(for: Self.endLimit) } catch { if self.hasEnded { return } }
                channel.kill()
            }
            await group.next()
            group.cancelAll()
        }
        await ended()
    }

    func kill() { state.withLock { $0.channel }?.kill() }

    private var hasEnded: Bool { state.withLock { $0.hasEnded } }

    private func ended() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.mourners.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    private func giveUp(_ id: Int) {
        let continuation = state.withLock { state in
            let continuation = state.waiting.removeValue(forKey: id)
            if continuation != nil { state.abandoned.insert(id) }
            return continuation
        }
        guard let continuation else { return }
        send(MCPMessage.cancellation(of: id, because: "nobody waits for it any more"))
        continuation.resume(throwing: CancellationError())
    }

    private func noteSilence() {
        let isTooMuch = state.withLock { state in
            state.silences += 1
            return state.silences >= Self.toleratedSilences
        }
        if isTooMuch { kill(.timedOut, "it answered \(Self.toleratedSilences) requests not in time, and was killed") }
    }

    private func send(_ message: JSONValue) { state.withLock { $0.channel }?.send(Self.line(message)) }

    private static func line(_ message: JSONValue) -> [UInt8] { Array(message.text().utf8) + [0x0A] }
}

// MARK: What the program does

extension MCPProcessConnection {
    /// On the program's thread.
    private func receive(_ event: Subprocess.Event) {
        switch event {
        case .complaint(let bytes): state.withLock { $0.complaints.append(bytes) }
        case .deadlinePassed: break
        case .output(let bytes): read(bytes)
        case .ended(let ending): end(ending)
        }
    }

    private func read(_ bytes: [UInt8]) {
        let lines: [[UInt8]]
        do {
            // What comes after a fault is worth nothing.
            lines = try state.withLock { $0.fault == nil ? try $0.reader.lines(with: bytes) : [] }
        } catch {
            return kill(.tooLarge, "it wrote a line of more than \(maximumLineBytes) bytes, and was killed")
        }
        for line in lines where !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) {
            let messages: [MCPMessage]
            do {
                messages = try MCPMessage.list(JSONValue(parsing: line))
            } catch {
                let words = String(decoding: line.prefix(120), as: UTF8.self)
                return kill(.garbled, "it wrote \(words.excerpt), which is no message, and was killed")
            }
            for message in messages { take(message) }
        }
    }

    private func take(_ message: MCPMessage) {
        switch message {
        case .notification: break
        case .request(let id, let method): send(MCPMessage.answer(id: id, method: method))
        case .answer(let id, let result):
            let (continuation, wasAsked) = state.withLock { state -> (Answer?, Bool) in
                state.silences = 0
                if let continuation = state.waiting.removeValue(forKey: id) { return (continuation, true) }
                return (nil, state.abandoned.remove(id) != nil)
            }
            guard wasAsked else {
                return kill(.garbled, "it answered request \(id), which it was not asked, and was killed")
            }
            continuation?.resume(returning: result)
        }
    }

    private func kill(_ kind: ToolFailure.Kind, _ reason: String) {
        let channel = state.withLock { state in
            state.fault = state.fault ?? ToolFailure(kind, "the server failed: \(reason)", at: place)
            return state.channel
        }
        channel?.kill()
    }

    private func end(_ ending: Subprocess.Ending) {
        let (waiting, mourners, failure) = state.withLock { state in
            var failure =
                state.fault ?? ToolFailure(.died, "the server ended by itself with \(ending.words)", at: place)
            if case .failedToStart(let error) = ending {
                failure = ToolFailure(
                    .unavailable, error.problem, at: place, expected: error.expected, remedy: error.remedy)
            } else if let words = state.complaints.lastLines() {
                failure.error.remedy = "see its last words:\n\(words)"
            }
            state.hasEnded = true
            state.failure = failure
            state.channel = nil
            defer { (state.waiting, state.mourners) = ([:], []) }
            return (Array(state.waiting.values), state.mourners, failure)
        }
        for continuation in waiting { continuation.resume(throwing: failure) }
        for mourner in mourners { mourner.resume() }
    }
}
