import Synchronization
import WhetHTTP

/// Whether a server may have been started again, and so have other weights than those that were published to it: a
/// connection that breaks is the sign, for none outlives its server.
///
/// Keeps: a doubt is settled only by a version that was asked for after it arose.
final class RestartDoubts: Sendable {
    private let counts = Mutex((risen: 0, settled: 0))

    /// The doubt that is open; nil if there is none.
    var current: Int? { counts.withLock { $0.risen > $0.settled ? $0.risen : nil } }

    func rise() { counts.withLock { $0.risen += 1 } }

    /// The server has said, after this doubt arose, that it has the weights it should have.
    func settle(_ doubt: Int) { counts.withLock { $0.settled = max($0.settled, doubt) } }
}

extension HTTPError.Reason {
    /// Whether the process at the other end may be gone.
    var mayBeARestart: Bool {
        switch self {
        case .couldNotConnect, .connectionCut: true
        default: false
        }
    }
}
