import WhetCore

/// A way to one MCP server.
///
/// Keeps: every request ends in its own answer or in an error; an answer that comes too late is no other request's.
protocol MCPConnection: Sendable {
    /// Whether it can still be asked.
    var isOpen: Bool { get }

    /// - Throws: `MCPFault`, the server's own error; `ToolFailure`; `CancellationError`.
    func request(_ method: String, _ parameters: JSONValue, limit: Duration) async throws -> JSONValue

    /// Tells the server something. Whether it arrives shows later, if at all.
    func notify(_ method: String) async throws

    /// Says which version of the protocol was agreed upon.
    func agree(on version: String)

    /// Returns when nothing is left of it here.
    func close() async

    /// Ends it without waiting.
    func kill()
}

/// A server forgot the session. What was asked in it was not done.
struct MCPSessionExpired: Error {}
