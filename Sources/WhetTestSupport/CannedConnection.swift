import WhetCore
import WhetHTTP

#if canImport(Glibc)
    import Glibc
#endif

/// One connection of a `CannedServer`: what came in and is not read yet, and the script that is being played on it.
final class CannedConnection: @unchecked Sendable {
    // Unchecked because only the server's thread looks inside; gates merely pass it back.
    let socket: Int32
    let number: Int
    var input: [UInt8] = []
    var interest: Poller.Interest = .read
    var isAnswering = false
    var isClosed = false

    private var inputStart = 0
    private var steps: ArraySlice<CannedReply.Step> = []
    private var output: [UInt8] = []
    private var outputStart = 0
    /// What the script waits for, so that something else that happens on the connection does not carry it on.
    private var awaitedGate: Gate?
    private var awaitedTime: Int64?

    init(socket: Int32, number: Int) {
        self.socket = socket
        self.number = number
    }

    func nextRequest(index: Int) throws -> ReceivedRequest? {
        guard inputStart < input.count else { return nil }
        let request = try ReceivedRequest(from: input, at: &inputStart, index: index, connection: number)
        if inputStart == input.count {
            input.removeAll(keepingCapacity: true)
            inputStart = 0
        }
        return request
    }

    func begin(_ reply: CannedReply) {
        steps = reply.steps[...]
        isAnswering = true
    }

    enum Progress {
        /// The client does not read fast enough.
        case blocked
        /// To be continued at this time; nil when that was said before.
        case waiting(until: Int64?)
        /// To be continued when the gate opens; nil when that was said before.
        case held(by: Gate?)
        /// The script is through.
        case done
        /// The script is through and the connection is to close.
        case ended
    }

    /// Plays the script as far as it goes.
    func step() -> Progress {
        while true {
            if outputStart < output.count {
                guard flush() else { return .blocked }
            }
            switch steps.first {
            case nil: return .done
            case .send(let bytes):
                output.append(contentsOf: bytes)
                steps.removeFirst()
                // What follows directly goes out in the same piece.
                while case .send(let bytes) = steps.first, output.count < 1 << 16 {
                    output.append(contentsOf: bytes)
                    steps.removeFirst()
                }
            case .compute(let make):
                output.append(contentsOf: make())
                steps.removeFirst()
            case .sendForever(let bytes):
                while output.count < 1 << 16 { output.append(contentsOf: bytes) }
            case .wait(let time):
                let now = monotonicNanoseconds()
                guard let end = awaitedTime else {
                    let (seconds, attoseconds) = time.components
                    awaitedTime = now + seconds * 1_000_000_000 + attoseconds / 1_000_000_000
                    return .waiting(until: awaitedTime)
                }
                guard end <= now else { return .waiting(until: nil) }
                awaitedTime = nil
                steps.removeFirst()
            case .hold(let gate):
                guard gate.isOpen else {
                    defer { awaitedGate = gate }
                    return .held(by: awaitedGate === gate ? nil : gate)
                }
                awaitedGate = nil
                steps.removeFirst()
            case .close: return .ended
            case .reset:
                // With no time to linger the system sends a reset instead of an orderly end.
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
                return .ended
            }
        }
    }

    /// - Returns: whether all output went out. A broken connection shows when it is read from.
    private func flush() -> Bool {
        let sent = output.withUnsafeBytes { bytes in
            send(socket, bytes.baseAddress! + outputStart, bytes.count - outputStart, Int32(MSG_NOSIGNAL))
        }
        if sent < 0 { return false }
        outputStart += sent
        guard outputStart == output.count else { return false }
        output.removeAll(keepingCapacity: true)
        outputStart = 0
        return true
    }
}
