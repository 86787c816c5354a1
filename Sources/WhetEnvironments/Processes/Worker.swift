import Synchronization
import WhetCore
import WhetProcess

/// One process of an environment program: asked one request at a time, and judged by whether it answers just that.
///
/// Keeps: `.ended` comes last and once; a worker that answers late, wrongly or unasked is killed, and says so.
final class Worker: Sendable {
    enum Event: Sendable {
        /// The answer to the request: its `result`, or the `error` that it gave for the whole of it.
        case answered(Result<JSONValue, WhetError>)
        /// It is gone, and why.
        case ended(WhetError)
    }

    private struct State {
        var reader: LineReader
        var complaints = OutputTail()
        /// The request that it has to answer.
        var asked: Int?
        /// Why it was killed; the first reason counts.
        var fault: String?
        var process: Subprocess?
    }

    private let program: EnvironmentProgram
    private let state: Mutex<State>
    private let handle: @Sendable (Event) -> Void

    /// Starts the process.
    ///
    /// - Parameter handle: called on the process's thread.
    init(_ program: EnvironmentProgram, handle: @escaping @Sendable (Event) -> Void) {
        self.program = program
        self.handle = handle
        state = Mutex(State(reader: LineReader(limit: program.maximumLineBytes)))
        // The process's thread holds the worker until it has ended.
        let process = Subprocess(program.command) { [self] in receive($0) }
        let isAtFault = state.withLock { state in
            state.process = process
            return state.fault != nil
        }
        // It may have misbehaved before there was a way to kill it.
        if isAtFault { process.kill() }
    }

    /// - Parameter line: the request, its end of line included.
    func ask(_ id: Int, _ line: [UInt8], limit: Duration) {
        let process = state.withLock { state in
            state.asked = id
            return state.process
        }
        process?.setDeadline(.now.advanced(by: limit))
        process?.send(line)
    }

    func kill(_ reason: String) {
        let process = state.withLock { state in
            state.fault = state.fault ?? reason
            return state.process
        }
        process?.kill()
    }

    private func receive(_ event: Subprocess.Event) {
        switch event {
        case .complaint(let bytes): state.withLock { $0.complaints.append(bytes) }
        case .deadlinePassed:
            let isAsked = state.withLock { $0.asked != nil }
            if isAsked { kill("it gave no answer in time, and was killed") }
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
            return kill("it wrote a line of more than \(program.maximumLineBytes) bytes, and was killed")
        }
        for line in lines {
            guard let answer = answer(line) else { return }
            handle(.answered(answer))
        }
    }

    /// - Returns: nil for what is no answer; the worker has been killed then.
    private func answer(_ line: [UInt8]) -> Result<JSONValue, WhetError>? {
        guard let asked = state.withLock({ $0.asked }) else {
            kill("it wrote \"\(Self.excerpt(line))\" without being asked, and was killed")
            return nil
        }
        guard let reply = try? JSONValue(parsing: line), reply.object != nil else {
            kill("it answered \"\(Self.excerpt(line))\", which is no JSON object, and was killed")
            return nil
        }
        guard reply["id"]?.integer == asked else {
            kill("it answered request \(reply["id"]?.excerpt ?? "without an id") instead of \(asked), and was killed")
            return nil
        }
        // From here on the line counts as the answer.
        let process = state.withLock { state in
            state.asked = nil
            return state.process
        }
        process?.setDeadline(nil)
        if let result = reply["result"] { return .success(result) }
        guard let error = reply["error"] else {
            kill("its answer has neither a result nor an error, and it was killed")
            return nil
        }
        return .failure(WhetError("the program reports an error: \(error.string ?? error.excerpt)", at: program.place))
    }

    private func end(_ ending: Subprocess.Ending) {
        let (fault, words) = state.withLock { state in
            state.process = nil
            return (state.fault, state.complaints.lastLines())
        }
        if case .failedToStart(let error) = ending {
            return handle(.ended(error))
        }
        let problem = "a worker of the environment failed: \(fault ?? "it ended by itself with \(ending.words)")"
        handle(
            .ended(
                WhetError(
                    problem, at: program.place,
                    remedy: words.map { "see its last words:\n\($0)" }
                        ?? "run it by hand; it wrote nothing to standard error")))
    }

    private static func excerpt(_ line: [UInt8]) -> String { String(decoding: line.prefix(120), as: UTF8.self) }
}
