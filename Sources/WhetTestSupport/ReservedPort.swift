import WhetCore

#if canImport(Glibc)
    import Glibc
#endif

/// A port on loopback at which nobody listens, and nobody else will, while this is held: connections are refused.
public final class ReservedPort: Sendable {
    public let number: Int
    public var url: String { "http://127.0.0.1:\(number)" }
    private let socket: Int32

    /// Takes a port below those that the system gives out by itself, so that a server can be opened there afterwards.
    ///
    /// - Throws: `WhetError` when all are taken.
    public init() throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let first = 20_000 + Int(getpid()) % 10_000
        let port = (first..<first + 2_000).first { port in
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
        }
        guard let port else {
            close(socket)
            throw WhetError("there is no free port")
        }
        self.socket = socket
        number = port
    }

    deinit { close(socket) }
}
