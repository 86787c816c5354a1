import Synchronization
import WhetCore

/// One run of one program: collects what it writes, and kills it when it goes too far.
package final class ProgramSession: Sendable {
    package struct Record: Sendable {
        package var output: [UInt8] = []
        package var complaints: [UInt8] = []
        /// Why it was killed, if it was.
        package var killed: ProgramResult.Ending?
        package var ending: Subprocess.Ending = .exited(0)
        package var wallTime: Duration = .zero
    }

    private struct State {
        var record = Record()
        var start = ContinuousClock.now
        var process: Subprocess?
        var continuation: CheckedContinuation<Record, Never>?
        var isCancelled = false
    }

    private let command: ProcessCommand
    private let files: [MemoryFile]
    private let input: [UInt8]
    private let wallTime: Duration
    /// Of standard output and of standard error, each.
    private let outputBytes: Int
    private let state = Mutex(State())

    package init(
        _ command: ProcessCommand, files: [MemoryFile] = [], input: [UInt8], wallTime: Duration, outputBytes: Int
    ) {
        self.command = command
        self.files = files
        self.input = input
        self.wallTime = wallTime
        self.outputBytes = outputBytes
    }

    /// Call it once.
    ///
    /// - Throws: `CancellationError`, when the program is gone.
    package func run() async throws -> Record {
        let record = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    state.continuation = continuation
                    state.start = .now
                }
                let process = Subprocess(command, files: files) { [self] in receive($0) }
                process.setDeadline(.now.advanced(by: wallTime))
                process.send(input)
                process.endInput()
                let isToBeKilled = state.withLock { state in
                    state.process = process
                    return state.isCancelled || state.record.killed != nil
                }
                if isToBeKilled { process.kill() }
            }
        } onCancel: {
            let process = state.withLock { state in
                state.isCancelled = true
                return state.process
            }
            process?.kill()
        }
        try Task.checkCancellation()
        return record
    }

    private func receive(_ event: Subprocess.Event) {
        switch event {
        case .output(let bytes): collect(bytes, \.output)
        case .complaint(let bytes): collect(bytes, \.complaints)
        case .deadlinePassed: kill(.timedOut)
        case .ended(let ending):
            let (continuation, record) = state.withLock { state in
                state.record.ending = ending
                state.record.wallTime = .now - state.start
                state.process = nil
                defer { state.continuation = nil }
                return (state.continuation, state.record)
            }
            continuation?.resume(returning: record)
        }
    }

    private func collect(_ bytes: [UInt8], _ end: any WritableKeyPath<Record, [UInt8]> & Sendable) {
        let isTooMuch = state.withLock { state in
            let room = outputBytes - state.record[keyPath: end].count
            state.record[keyPath: end] += bytes.prefix(room)
            return bytes.count > room
        }
        if isTooMuch { kill(.outputOverflow) }
    }

    private func kill(_ ending: ProgramResult.Ending) {
        let process = state.withLock { state in
            state.record.killed = state.record.killed ?? ending
            return state.process
        }
        process?.kill()
    }
}
