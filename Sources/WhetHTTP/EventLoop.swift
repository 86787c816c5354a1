internal import CCurl
import Foundation
import Synchronization
import WhetCore

/// The one thread on which all requests of a client run.
///
/// Keeps: everything but the inbox is touched on that thread only; curl is never called from within its own callbacks;
/// a transfer that was submitted is finished, whatever happens.
final class EventLoop: @unchecked Sendable {
    // Unchecked because of the first of these.
    enum Command {
        case start(Transfer)
        case cancel(Transfer)
        /// There is room for the body of a transfer that was paused.
        case resume(Transfer)
        case close
    }

    let configuration: HTTPClient.Configuration
    /// Names and TLS sessions, for all shards.
    let share: UnsafeMutableRawPointer
    /// When the loop last woke up, in monotonic nanoseconds.
    private(set) var now = monotonicNanoseconds()

    private struct Inbox {
        var commands: [Command] = []
        var isAsleep = false
    }
    private let inbox = Mutex(Inbox())
    private let poller: Poller
    private var timers = TimerHeap()
    private var hosts: [String: Host] = [:]
    private var sockets = SocketTable()
    private var due: [Shard] = []
    private var touched: [Shard] = []
    private var ready: [Host] = []
    private var unflushed: [Transfer] = []
    /// All that were started and have not finished.
    private var transfers: [ObjectIdentifier: Transfer] = [:]
    private var openFileLimit = OpenFileLimit.current
    private var isClosed = false

    /// - Throws: `WhetError` when the system has no descriptors left.
    init(_ configuration: HTTPClient.Configuration) throws {
        self.configuration = configuration
        _ = EventLoop.curlIsReady
        guard let share = curl_share_init() else { throw WhetError("libcurl is out of memory") }
        whet_share_set(share, CURL_LOCK_DATA_DNS)
        whet_share_set(share, CURL_LOCK_DATA_SSL_SESSION)
        self.share = share
        poller = try Poller()
        let thread = Thread { [self] in run() }
        thread.name = "whet http"
        thread.start()
    }

    deinit { curl_share_cleanup(share) }

    private static let curlIsReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// From any thread.
    func submit(_ command: Command) {
        let mustWake = inbox.withLock { inbox in
            inbox.commands.append(command)
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        if mustWake { poller.wake() }
    }

    private func run() {
        while !isClosed {
            let timeout = inbox.withLock { inbox -> Int32 in
                inbox.isAsleep = inbox.commands.isEmpty && due.isEmpty
                return inbox.isAsleep ? millisecondsToNextTimer : 0
            }
            poller.wait(milliseconds: timeout) { socket, events in handle(socket, events) }
            now = monotonicNanoseconds()
            let commands = inbox.withLock { inbox in
                inbox.isAsleep = false
                defer { inbox.commands.removeAll() }
                return inbox.commands
            }
            for command in commands { execute(command) }
            while let timer = timers.popDue(at: now) { timer.fire(on: self) }
            settle()
        }
        closeAll()
    }

    private var millisecondsToNextTimer: Int32 {
        guard let earliest = timers.earliest else { return -1 }
        return Int32(clamping: max(0, earliest - monotonicNanoseconds() + 999_999) / 1_000_000)
    }

    private func execute(_ command: Command) {
        switch command {
        case .start(let transfer):
            guard !transfer.isCancelled else { return transfer.finish(.cancelled) }
            let host = host(of: transfer.endpoint)
            transfers[ObjectIdentifier(transfer)] = transfer
            timers.schedule(transfer, at: transfer.nextDeadline)
            host.enqueue(transfer)
            markReady(host)
        case .cancel(let transfer):
            // It may overtake the start of a task that was cancelled before it asked.
            transfer.isCancelled = true
            if transfers[ObjectIdentifier(transfer)] != nil { finish(transfer, .cancelled) }
        case .resume(let transfer):
            guard case .running(let slot) = transfer.phase else { return }
            transfer.flush()
            guard transfer.isPaused else { return }
            transfer.resumed(at: now)
            timers.schedule(transfer, at: transfer.nextDeadline)
            curl_easy_pause(slot.easy, CURLPAUSE_CONT)
            didRun(slot.shard)
        case .close: isClosed = true
        }
    }

    private func host(of endpoint: HTTPEndpoint) -> Host {
        if let host = hosts[endpoint.key] { return host }
        let host = Host(endpoint, loop: self)
        hosts[endpoint.key] = host
        return host
    }

    /// Runs what is due without waiting: curl's zero timers, finished transfers, hosts with free slots.
    ///
    /// Twice, so that what was just asked for is sent as well; not until nothing is left, because a server that sends
    /// without end always leaves something, and commands and other sockets want their turn.
    private func settle() {
        for _ in 0..<2 {
            let shards = due
            due.removeAll(keepingCapacity: true)
            for shard in shards {
                shard.isDue = false
                run(shard)
            }
            while let shard = touched.popLast() {
                shard.isTouched = false
                while let (slot, code) = shard.nextFinished() {
                    guard let transfer = slot.transfer else { continue }
                    finish(transfer, code: code)
                }
            }
            while let host = ready.popLast() {
                host.isReady = false
                host.startWaiting()
            }
            if due.isEmpty { return }
        }
    }

    private func closeAll() {
        let commands = inbox.withLock { inbox in
            defer { inbox.commands.removeAll() }
            return inbox.commands
        }
        for case .start(let transfer) in commands { transfer.finish(.clientClosed) }
        for transfer in transfers.values { finish(transfer, .clientClosed) }
        hosts = [:]
        (due, touched, ready, unflushed) = ([], [], [], [])
    }
}

// MARK: The end of a transfer

extension EventLoop {
    private func finish(_ transfer: Transfer, code: CURLcode) {
        guard case .running(let slot) = transfer.phase else { return }
        let words = release(slot, of: transfer)
        transfer.finish(transfer.failure ?? HTTPError.Reason(code, words: words, timeouts: transfer.timeouts))
        forget(transfer)
    }

    /// Ends a transfer wherever it is; closes its connection if it is under way.
    func finish(_ transfer: Transfer, _ reason: HTTPError.Reason) {
        if case .running(let slot) = transfer.phase { _ = release(slot, of: transfer) }
        transfer.finish(reason)
        forget(transfer)
    }

    private func release(_ slot: Slot, of transfer: Transfer) -> String {
        let host = slot.shard.host
        let words = slot.stop()
        host.release(slot, wasConnected: transfer.isConnected)
        markReady(host)
        return words
    }

    private func forget(_ transfer: Transfer) {
        timers.schedule(transfer, at: nil)
        transfers[ObjectIdentifier(transfer)] = nil
    }

    func deadlinePassed(of transfer: Transfer) {
        if let reason = transfer.expiry(at: now) {
            finish(transfer, reason)
        } else {
            timers.schedule(transfer, at: transfer.nextDeadline)
        }
    }
}

// MARK: What curl asks for

extension EventLoop {
    func run(_ shard: Shard) {
        var running: Int32 = 0
        curl_multi_socket_action(shard.multi, CURL_SOCKET_TIMEOUT, 0, &running)
        didRun(shard)
    }

    /// Something for the reader of a stream came in; it is handed over when curl is through with what there is.
    func willFlush(_ transfer: Transfer) {
        guard !transfer.isUnflushed else { return }
        transfer.isUnflushed = true
        unflushed.append(transfer)
    }

    func setTimer(of shard: Shard, milliseconds: Int) {
        guard milliseconds == 0 else {
            return timers.schedule(shard, at: milliseconds < 0 ? nil : now + Int64(milliseconds) * 1_000_000)
        }
        timers.schedule(shard, at: nil)
        if !shard.isDue {
            shard.isDue = true
            due.append(shard)
        }
    }

    func didConnect(_ transfer: Transfer, on slot: Slot) {
        timers.schedule(transfer, at: transfer.nextDeadline)
        slot.shard.host.didConnect()
        markReady(slot.shard.host)
    }

    func didOpen(_ socket: Int32) {
        sockets.open(socket)
        // Half of the descriptors are left to the rest of the process while more can be had.
        if Int(socket) * 2 > openFileLimit { openFileLimit = OpenFileLimit.raise(to: openFileLimit * 2) }
    }

    func didClose(_ socket: Int32) { sockets.forget(socket) }

    func watch(_ socket: Int32, _ interest: Poller.Interest, for shard: Shard) {
        sockets.watch(socket, interest, for: shard, with: poller)
    }

    private func handle(_ socket: Int32, _ events: Poller.Interest) {
        guard let shard = sockets.shard(of: socket, with: poller) else { return }
        var mask: Int32 = 0
        if events.contains(.read) { mask |= CURL_CSELECT_IN }
        if events.contains(.write) { mask |= CURL_CSELECT_OUT }
        if events.contains(.hangUp) { mask |= CURL_CSELECT_ERR }
        var running: Int32 = 0
        curl_multi_socket_action(shard.multi, socket, mask, &running)
        didRun(shard)
    }

    private func didRun(_ shard: Shard) {
        while let transfer = unflushed.popLast() {
            transfer.isUnflushed = false
            transfer.flush()
        }
        guard !shard.isTouched else { return }
        shard.isTouched = true
        touched.append(shard)
    }

    private func markReady(_ host: Host) {
        guard !host.isReady else { return }
        host.isReady = true
        ready.append(host)
    }
}
