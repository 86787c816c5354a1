import WhetCore
import WhetHTTP

/// The limit on open files and sockets: threads, connections and the store take some each.
enum OpenFiles {
    /// Below it not even the threads of a server can start.
    static let least = 64

    /// Raises the limit as far as it may be.
    ///
    /// - Throws: `WhetError` when it stays too low to run a server and a training.
    static func check() throws {
        let limit = OpenFileLimit.raise(to: System.leastOpenFiles)
        guard limit >= least else {
            throw WhetError(
                "only \(limit) files and sockets may be open at once", expected: "at least \(least), better thousands",
                remedy: "ulimit -n \(System.leastOpenFiles)")
        }
    }
}
