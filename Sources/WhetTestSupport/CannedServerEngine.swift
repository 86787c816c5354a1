import Foundation
import Synchronization
import WhetCore
import WhetHTTP

#if canImport(Glibc)
    import Glibc
#endif

/// The thread behind a `CannedServer`: one poller, one listening socket, many connections.
///
/// Keeps: connections, waits and the listening socket are touched on that thread only; orders reach it through the
/// inbox.
final class CannedServerEngine: @unchecked Sendable {
    // Unchecked because of that.
    let port: Int
    let ledger = CannedServerLedger()
    private let records: Bool
    private let answer: @Sendable (ReceivedRequest) -> CannedReply
    private let poller: Poller
    private let listener: Int32
    private var connections: [Int32: CannedConnection] = [:]
    private var accepted = 0
    /// Whether the system gives no more sockets.
    private var isFull = false
    private var read = 0
    private var waits: [(deadline: Int64, connection: CannedConnection)] = []
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    private struct Inbox {
        var opened: [CannedConnection] = []
        var mustStop = false
    }
    private let inbox = Mutex(Inbox())

    init(port: Int, records: Bool, answer: @escaping @Sendable (ReceivedRequest) -> CannedReply) throws {
        self.records = records
        self.answer = answer
        poller = try Poller()
        (listener, self.port) = try CannedServerEngine.listen(port)
        poller.add(listener, .read)
    }

    deinit { close(listener) }

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "canned server"
        thread.start()
    }

    func stop() {
        inbox.withLock { $0.mustStop = true }
        poller.wake()
    }

    private static func listen(_ port: Int) throws -> (socket: Int32, port: Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && Glibc.listen(listener, 4096) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isBound else {
            let why = String(cString: strerror(errno))
            close(listener)
            throw WhetError("cannot listen on port \(port): \(why)")
        }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    private func run() {
        while true {
            poller.wait(milliseconds: millisecondsToNextWait) { socket, ready in
                if socket == listener { acceptAll() } else { handle(socket, ready) }
            }
            let (opened, mustStop) = inbox.withLock { inbox in
                defer { inbox.opened = [] }
                return (inbox.opened, inbox.mustStop)
            }
            if mustStop { break }
            for connection in opened where !connection.isClosed { advance(connection) }
            let now = monotonicNanoseconds()
            let due = waits.filter { $0.deadline <= now }
            waits.removeAll { $0.deadline <= now }
            for wait in due where !wait.connection.isClosed { advance(wait.connection) }
        }
        for connection in Array(connections.values) { end(connection) }
    }

    private var millisecondsToNextWait: Int32 {
        guard let earliest = waits.map(\.deadline).min() else { return -1 }
        return Int32(clamping: max(0, earliest - monotonicNanoseconds() + 999_999) / 1_000_000)
    }

    private func acceptAll() {
        while true {
            let socket = accept(listener, nil, nil)
            if socket < 0, errno == EMFILE {
                let limit = OpenFileLimit.current
                if OpenFileLimit.raise(to: limit * 2) > limit { continue }
                // Those who wait to be accepted do so until somebody leaves.
                isFull = true
                poller.remove(listener)
            }
            guard socket >= 0 else { return }
            _ = fcntl(socket, F_SETFL, O_NONBLOCK)
            _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
            var yes: Int32 = 1
            setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
            connections[socket] = CannedConnection(socket: socket, number: accepted)
            accepted += 1
            poller.add(socket, .read)
            ledger.record(nil) {
                $0.connections += 1
                $0.openConnections += 1
            }
        }
    }

    private func handle(_ socket: Int32, _ ready: Poller.Interest) {
        guard let connection = connections[socket] else { return }
        if !ready.isDisjoint(with: [.read, .hangUp]) {
            let count = recv(socket, &buffer, buffer.count, 0)
            if count == 0 || (count < 0 && errno != EAGAIN) {
                if connection.isAnswering { ledger.record(nil) { $0.closedEarly += 1 } }
                return end(connection)
            }
            if count > 0 { connection.input.append(contentsOf: buffer[..<count]) }
        }
        advance(connection)
    }

    /// Carries out the connection's script as far as it goes, and reads the next request once it is through.
    private func advance(_ connection: CannedConnection) {
        while !connection.isClosed {
            switch connection.step() {
            case .blocked: return watch(connection, [.read, .write])
            case .waiting(let end):
                if let end { waits.append((end, connection)) }
                return watch(connection, .read)
            case .held(let gate):
                gate?.whenOpen { [weak self, weak connection] in
                    guard let self, let connection else { return }
                    inbox.withLock { $0.opened.append(connection) }
                    poller.wake()
                }
                return watch(connection, .read)
            case .ended:
                ledger.record(nil) { $0.replies += 1 }
                return end(connection)
            case .done:
                if connection.isAnswering {
                    connection.isAnswering = false
                    ledger.record(nil) { $0.replies += 1 }
                }
                guard readRequest(connection) else { return watch(connection, .read) }
            }
        }
    }

    /// - Returns: whether there is a request to answer.
    private func readRequest(_ connection: CannedConnection) -> Bool {
        do {
            guard let request = try connection.nextRequest(index: read) else { return false }
            read += 1
            connection.begin(answer(request))
            ledger.record(records ? request : nil) { $0.requests += 1 }
            return true
        } catch {
            connection.begin(CannedReply(CannedReply.status(400, body: "this is no HTTP request").steps + [.close]))
            return true
        }
    }

    private func watch(_ connection: CannedConnection, _ interest: Poller.Interest) {
        guard !connection.isClosed, connection.interest != interest else { return }
        connection.interest = interest
        poller.change(connection.socket, interest)
    }

    private func end(_ connection: CannedConnection) {
        guard !connection.isClosed else { return }
        connection.isClosed = true
        connections[connection.socket] = nil
        close(connection.socket)
        ledger.record(nil) { $0.openConnections -= 1 }
        if isFull {
            isFull = false
            poller.add(listener, .read)
        }
    }
}
