internal import CWhetProcess
import Foundation
import Synchronization
import WhetCore

/// A running program, whose input and output pass through a thread of its own, so that no cooperative thread ever
/// waits.
///
/// Keeps: the program leads a process group, which is killed as a whole, at the latest when the program ends; it
/// inherits no open file but its own; its process number is used only while it cannot belong to another; `handle` is
/// called on one thread, one event at a time, `.ended` last and once; the thread that started it lives as long as it
/// does.
package final class Subprocess: Sendable {
    package enum Event: Sendable {
        /// What it wrote to standard output; empty when it has closed that, or ended.
        case output([UInt8])
        /// The same of standard error.
        case complaint([UInt8])
        /// The time that `setDeadline` gave is over. It runs on.
        case deadlinePassed
        case ended(Ending)
    }

    /// How a program ended.
    package enum Ending: Hashable, Sendable {
        case exited(Int32)
        case signaled(Int32)
        /// It never ran.
        case failedToStart(WhetError)
    }

    /// What other threads ask of the child's thread.
    struct Mailbox: Sendable {
        var input: [[UInt8]] = []
        var endsInput = false
        var isToBeKilled = false
        /// Once.
        var isToBeAskedToEnd = false
        /// Monotonic.
        var deadline: ContinuousClock.Instant?
        var hasEnded = false
    }

    private let mailbox = Mutex(Mailbox())
    private let bell: Bell

    /// Starts the program. It never throws: what cannot be started ends with `.failedToStart`.
    ///
    /// - Parameters:
    ///   - files: what it finds at its descriptors 3, 4, …, readable from the start and writable.
    ///   - handle: called on the program's thread; must not block.
    package init(
        _ command: ProcessCommand, files: [MemoryFile] = [], handle: @escaping @Sendable (Event) -> Void
    ) {
        bell = Bell()
        let thread = Thread { [self] in
            var loop = SubprocessLoop(command, files: files, bell: bell, process: self, handle: handle)
            loop.run()
        }
        thread.name = "whet child"
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Adds to what it will read. Nothing is lost if it reads slowly; all is if it has ended.
    package func send(_ bytes: [UInt8]) { tell { if !$0.hasEnded { $0.input.append(bytes) } } }

    /// Closes its standard input once all is written.
    package func endInput() { tell { $0.endsInput = true } }

    /// Sends its process group the signal that asks for an orderly end (SIGTERM).
    package func askToEnd() { tell { $0.isToBeAskedToEnd = true } }

    /// Kills its process group at once.
    package func kill() { tell { $0.isToBeKilled = true } }

    /// When to report `.deadlinePassed`; takes the place of an earlier one.
    package func setDeadline(_ deadline: ContinuousClock.Instant?) { tell { $0.deadline = deadline } }

    private func tell(_ change: (inout Mailbox) -> Void) {
        mailbox.withLock { change(&$0) }
        bell.ring()
    }

    /// For the thread: what there is to do since the last call.
    fileprivate func collect() -> Mailbox {
        mailbox.withLock { mailbox in
            defer { (mailbox.input, mailbox.isToBeAskedToEnd) = ([], false) }
            return mailbox
        }
    }

    fileprivate func clearDeadline() -> Bool {
        mailbox.withLock { mailbox in
            guard let deadline = mailbox.deadline, deadline <= .now else { return false }
            mailbox.deadline = nil
            return true
        }
    }

    fileprivate func didEnd() {
        mailbox.withLock { mailbox in
            mailbox.input = []
            mailbox.hasEnded = true
        }
    }
}

/// The thread of one child: starts it, moves bytes, waits for its end. Everything here is touched by that thread alone.
private struct SubprocessLoop {
    private let command: ProcessCommand
    private let files: [MemoryFile]
    private let bell: Bell
    private let process: Subprocess
    private let handle: @Sendable (Subprocess.Event) -> Void

    private var child: pid_t = 0
    /// Becomes readable when the child ends.
    private var watch: Int32 = -1
    private var input: Int32 = -1
    private var output: Int32 = -1
    private var complaints: Int32 = -1
    private var unsent: [[UInt8]] = []
    /// How much of the first of `unsent` is written.
    private var sentBytes = 0
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    init(
        _ command: ProcessCommand, files: [MemoryFile], bell: Bell, process: Subprocess,
        handle: @escaping @Sendable (Subprocess.Event) -> Void
    ) {
        self.command = command
        self.files = files
        self.bell = bell
        self.process = process
        self.handle = handle
    }

    mutating func run() {
        whet_process_ignore_broken_pipes()
        let ending: Subprocess.Ending
        do {
            try start()
            watchUntilEnd()
            ending = reap()
        } catch let error as WhetError {
            ending = .failedToStart(error)
        } catch {
            ending = .failedToStart(WhetError("\(error)"))
        }
        for descriptor in [watch, input, output, complaints] where descriptor >= 0 { close(descriptor) }
        process.didEnd()
        handle(.ended(ending))
    }

    private mutating func start() throws {
        let path = try command.resolvedExecutable()
        guard bell.descriptor >= 0 else { throw failure(errno) }
        var theirs: [Int32] = []
        defer { for descriptor in theirs { close(descriptor) } }
        func pipe(ours: Int32) throws -> Int32 {
            var ends: [Int32] = [-1, -1]
            let code = whet_process_pipe(&ends, ours)
            guard code == 0 else { throw failure(code) }
            theirs.append(ends[1 - Int(ours)])
            return ends[Int(ours)]
        }
        input = try pipe(ours: 1)
        output = try pipe(ours: 0)
        complaints = try pipe(ours: 0)
        let own = try command.files.map { try MemoryFile($0) }
        defer { withExtendedLifetime(own) {} }
        let descriptors = theirs + (files + own).map(\.descriptor)
        let code = ([command.executable] + command.arguments).withCStrings { arguments in
            command.environment.map { "\($0.key)=\($0.value)" }.withCStrings { environment in
                whet_process_spawn(
                    path, arguments, environment, command.folder, descriptors, Int32(descriptors.count),
                    command.endsWithWhet ? 1 : 0, &child, &watch)
            }
        }
        guard code == 0 else { throw failure(code) }
    }

    private func failure(_ code: Int32) -> WhetError {
        WhetError(
            "the program cannot be started: \(String(cString: strerror(code)))", at: command.words,
            remedy: code == EMFILE ? "raise the limit of open files (ulimit -n)" : nil)
    }

    private mutating func watchUntilEnd() {
        while true {
            let mail = process.collect()
            if input >= 0 { unsent += mail.input }
            if mail.isToBeKilled { killGroup() }
            if mail.isToBeAskedToEnd { _ = Foundation.kill(-child, SIGTERM) }
            if mail.endsInput, unsent.isEmpty { closeInput() }
            var polled = [
                pollfd(fd: watch, events: Int16(POLLIN), revents: 0),
                pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: unsent.isEmpty ? -1 : input, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: output, events: Int16(POLLIN), revents: 0),
                pollfd(fd: complaints, events: Int16(POLLIN), revents: 0),
            ]
            poll(&polled, nfds_t(polled.count), ContinuousClock.Instant.pollMilliseconds(until: mail.deadline))
            if polled[1].revents != 0 { bell.silence() }
            if polled[2].revents != 0 { write() }
            if polled[3].revents != 0 { read(\.output, Subprocess.Event.output) }
            if polled[4].revents != 0 { read(\.complaints, Subprocess.Event.complaint) }
            if process.clearDeadline() { handle(.deadlinePassed) }
            if polled[0].revents != 0 { break }
        }
        // Whatever it started dies with it, while its number is still its own. Then what it wrote is read: no more than
        // a pipe can hold, because what left its group may write for ever.
        killGroup()
        for _ in 0..<16 where read(\.output, Subprocess.Event.output) {}
        for _ in 0..<16 where read(\.complaints, Subprocess.Event.complaint) {}
    }

    private func killGroup() { _ = Foundation.kill(-child, SIGKILL) }

    private mutating func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    private mutating func write() {
        while input >= 0, let first = unsent.first {
            let count = first.withUnsafeBytes {
                Foundation.write(input, $0.baseAddress! + sentBytes, $0.count - sentBytes)
            }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN { return }
                // It no longer reads; what it does instead, or that it ended, is seen elsewhere.
                closeInput()
                break
            }
            sentBytes += count
            if sentBytes == first.count {
                unsent.removeFirst()
                sentBytes = 0
            }
        }
        if input < 0 { unsent = [] }
    }

    /// Reads what is there, at most a buffer of it.
    ///
    /// - Returns: whether there may be more.
    @discardableResult
    private mutating func read(
        _ end: WritableKeyPath<SubprocessLoop, Int32>, _ event: ([UInt8]) -> Subprocess.Event
    ) -> Bool {
        let descriptor = self[keyPath: end]
        guard descriptor >= 0 else { return false }
        let count = buffer.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
        if count > 0 {
            handle(event(Array(buffer[..<count])))
            return true
        }
        if count < 0, errno == EINTR { return true }
        if count < 0, errno == EAGAIN { return false }
        close(descriptor)
        self[keyPath: end] = -1
        handle(event([]))
        return false
    }

    private func reap() -> Subprocess.Ending {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { return .failedToStart(failure(errno)) }
        }
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .signaled(signal)
    }
}

extension Subprocess.Ending {
    /// For a message: "exit status 3".
    package var words: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signaled(let signal): "signal \(signal)"
        case .failedToStart(let error): error.problem
        }
    }
}
