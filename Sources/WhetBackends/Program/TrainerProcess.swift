import Foundation
import Synchronization
import WhetCore
import WhetProcess

/// One process of a trainer that is a program: requests to its standard input, replies from its standard output, its
/// log from standard error.
///
/// Keeps: replies answer requests in their order, and nothing else; a process that writes anything else, or closes its
/// output, is killed, and everybody who waits hears why; `end` leaves nothing running.
final class TrainerProcess: Sendable {
    struct Settings: Sendable {
        var command: ProcessCommand
        /// What a person calls the trainer; the command in messages that it writes unless given.
        var name: String?
        /// Where its standard error is kept, beside the last lines for messages.
        var log: URL?
        /// How long it may take until it answers its first request.
        var startLimit = Duration.seconds(300)
        /// How long it may take to end when it is asked to; then it is sent SIGTERM, and after as long again killed.
        var endLimit = Duration.seconds(10)
        /// Of one reply.
        var maximumLineBytes = 1 << 24
    }

    private struct State {
        var reader: LineReader
        var complaints = OutputTail(limit: 8192)
        var process: Subprocess?
        var nextID = 1
        /// In the order in which they were sent.
        var waiting: [TrainerRequest] = []
        /// Why it is of no use any more; the first reason counts.
        var fault: String?
        /// Whether it did not end by itself.
        var isKilled = false
        /// How far `end` has come.
        var farewell = Farewell.none
        var death: TrainerDeath?
        var mourners: [CheckedContinuation<Void, Never>] = []

        mutating func kill() {
            isKilled = true
            process?.kill()
        }
    }

    private enum Farewell { case none, shutdown, terminated }

    private let settings: Settings
    private let log: LogFile?
    private let state: Mutex<State>

    /// Starts the program; what cannot be started fails its first request.
    ///
    /// - Throws: `WhetError` where the log cannot be written.
    init(_ settings: Settings) throws {
        self.settings = settings
        log = try settings.log.map { try LogFile($0) }
        state = Mutex(State(reader: LineReader(limit: settings.maximumLineBytes)))
        var command = settings.command
        command.endsWithWhet = true
        // The process's thread holds this until the process has ended.
        let process = Subprocess(command) { [self] in receive($0) }
        state.withLock { state in
            if state.death == nil { state.process = process }
            switch state.fault {
            case nil: process.setDeadline(.now.advanced(by: settings.startLimit))
            case Self.closedOutput: process.setDeadline(.now.advanced(by: Self.lastWords))
            // It misbehaved before there was a way to kill it.
            default: state.kill()
            }
        }
    }

    /// Of messages about it: a person may want to run it by hand.
    var place: String { settings.command.words }
    /// Of messages that it writes itself.
    private var ownPlace: String { settings.name.map { "trainer \($0)" } ?? place }

    /// Whether it can be asked.
    var isAlive: Bool { state.withLock { $0.death == nil && $0.fault == nil && $0.farewell == .none } }

    /// How it ended; nil while it runs.
    var death: TrainerDeath? { state.withLock { $0.death } }

    /// Sends a request; those after it may be sent before it is answered.
    func send(_ method: String, _ members: JSONObject = [:]) -> TrainerRequest {
        // The lock is held while it is sent, so that requests are written in the order of their ids.
        let (request, death) = state.withLock { state in
            let request = TrainerRequest(id: state.nextID, method: method)
            state.nextID += 1
            guard state.death == nil else { return (request, state.death) }
            var object: JSONObject = ["id": .integer(request.id), "method": .string(method)]
            for (key, value) in members { object[key] = value }
            state.waiting.append(request)
            state.process?.send(JSONText(.object(object)).bytes + [UInt8(ascii: "\n")])
            return (request, nil)
        }
        if let death { request.finish(.failure(death)) }
        return request
    }

    func kill(_ reason: String) {
        state.withLock { state in
            state.fault = state.fault ?? reason
            state.kill()
        }
    }

    /// Asks it to end, makes it end if it doesn't, and returns when it is gone.
    func end() async {
        let isFirst = state.withLock { state in
            guard state.farewell == .none else { return false }
            state.farewell = .shutdown
            state.process?.setDeadline(.now.advanced(by: settings.endLimit))
            return true
        }
        if isFirst {
            _ = send("shutdown")
            state.withLock { $0.process }?.endInput()
        }
        await withCheckedContinuation { continuation in
            let isGone = state.withLock { state in
                if state.death == nil { state.mourners.append(continuation) }
                return state.death != nil
            }
            if isGone { continuation.resume() }
        }
    }
}

// MARK: What it does

extension TrainerProcess {
    /// On the process's thread.
    private func receive(_ event: Subprocess.Event) {
        switch event {
        case .output(let bytes): bytes.isEmpty ? outputEnded() : read(bytes)
        case .complaint(let bytes):
            state.withLock { $0.complaints.append(bytes) }
            log?.append(bytes)
        case .deadlinePassed: deadlinePassed()
        case .ended(let ending): didEnd(ending)
        }
    }

    private func read(_ bytes: [UInt8]) {
        let lines: [[UInt8]]
        do {
            // What comes after a fault is worth nothing.
            lines = try state.withLock { $0.fault == nil ? try $0.reader.lines(with: bytes) : [] }
        } catch {
            return kill("wrote a line of more than \(settings.maximumLineBytes) bytes")
        }
        for line in lines where !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) {
            do { try take(TrainerReply(line, at: ownPlace)) } catch { return kill(error.problem) }
        }
    }

    private func take(_ reply: TrainerReply) throws(TrainerReply.Nonsense) {
        let (request, due) = state.withLock { state -> (TrainerRequest?, TrainerRequest?) in
            guard let due = state.waiting.first, reply.id == nil || reply.id == due.id else {
                return (nil, state.waiting.first)
            }
            state.waiting.removeFirst()
            if due.id == 1, state.farewell == .none { state.process?.setDeadline(nil) }
            return (due, nil)
        }
        guard let request else {
            let number = reply.id.map(String.init) ?? "null"
            throw TrainerReply.Nonsense(
                problem: due.map { "answered request \(number) when \($0.id) (\($0.method)) was due" }
                    ?? "answered request \(number), which nobody waits for")
        }
        guard case .failure(let refusal) = reply.outcome, reply.isFatal else {
            return request.finish(reply.outcome.mapError { $0 as any Error })
        }
        // Its own sentence says more than how it ends now.
        let death = TrainerDeath(error: refusal.error)
        state.withLock { state in
            state.fault = state.fault ?? "gave up (\(refusal.error.problem))"
            state.process?.setDeadline(.now.advanced(by: settings.endLimit))
        }
        request.finish(.failure(death))
    }

    private func outputEnded() {
        state.withLock { state in
            guard state.farewell == .none, state.fault == nil else { return }
            state.fault = Self.closedOutput
            // It may be that it just ends: how it does says more then.
            state.process?.setDeadline(.now.advanced(by: Self.lastWords))
        }
    }

    private static let closedOutput = "closed its standard output"
    /// How long one that closed its output may take to end by itself.
    private static let lastWords = Duration.milliseconds(500)

    private func deadlinePassed() {
        state.withLock { state in
            switch state.farewell {
            case .shutdown:
                state.farewell = .terminated
                state.process?.askToEnd()
                state.process?.setDeadline(.now.advanced(by: settings.endLimit))
            case .terminated: state.kill()
            case .none:
                let limit = settings.startLimit.components.seconds
                state.fault = state.fault ?? "did not answer within \(limit) seconds of its start"
                state.kill()
            }
        }
    }

    private func didEnd(_ ending: Subprocess.Ending) {
        log?.close()
        let (waiting, mourners, death) = state.withLock { state in
            let death = TrainerDeath(error: error(ending, state))
            state.death = death
            state.process = nil
            defer { (state.waiting, state.mourners) = ([], []) }
            return (state.waiting, state.mourners, death)
        }
        for request in waiting { request.finish(.failure(death)) }
        for mourner in mourners { mourner.resume() }
    }

    private func error(_ ending: Subprocess.Ending, _ state: State) -> WhetError {
        if case .failedToStart(var error) = ending {
            error.place = error.place ?? place
            return error
        }
        // One that was just gone has closed its output, too.
        let fault = state.fault == Self.closedOutput && !state.isKilled ? nil : state.fault
        var problem = "the trainer \(fault ?? "ended by itself with \(ending.words)")"
        if let request = state.waiting.first, request.method != "shutdown" {
            if request.id > 1 { problem += " while it did \(request.method)" }
            if request.id == 1, fault == nil { problem += " before it had started" }
        }
        if fault != nil { problem += ", and was ended" }
        let words = state.complaints.lastLines(12).map { "see its last words:\n\($0)" }
        let file = settings.log.map { "its log is \($0.path)" }
        let remedy = [words ?? "run it by hand; it wrote nothing to standard error", words == nil ? nil : file]
        return WhetError(problem, at: place, remedy: remedy.compactMap(\.self).joined(separator: "\n"))
    }
}
