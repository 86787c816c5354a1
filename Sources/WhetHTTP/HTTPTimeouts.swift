/// How long a request may take. Each is for one try.
public struct HTTPTimeouts: Hashable, Sendable {
    /// Until there is a connection: name, TCP, TLS.
    public var connect: Duration
    /// While nothing comes from the server, once it is connected; nil waits as long as it takes. A server that answers
    /// in one piece is silent while it generates, so this bounds the whole of a generation that is not streamed.
    public var idle: Duration?
    /// From the call to the last byte, waiting for a free connection included; nil for no bound.
    public var total: Duration?

    public init(connect: Duration = .seconds(10), idle: Duration? = .seconds(600), total: Duration? = nil) {
        self.connect = connect
        self.idle = idle
        self.total = total
    }

    /// 10 s to connect, 600 s of silence, no bound on the whole.
    public static let standard = HTTPTimeouts()

    /// The same, with no more time in all than `remaining`, if that is given.
    public func bounded(by remaining: Duration?) -> HTTPTimeouts {
        guard let remaining else { return self }
        var bounded = self
        bounded.total = min(remaining, total ?? remaining)
        return bounded
    }
}

extension Duration {
    /// Whole nanoseconds; the largest number where they do not fit.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow
            ? (seconds > 0 ? .max : .min) : product.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
    }

    /// Whole milliseconds, rounded up, at least 1: what curl counts in.
    var milliseconds: Int { max(1, Int((nanoseconds &+ 999_999) / 1_000_000)) }

    /// For messages: "1.5 s".
    var words: String {
        let seconds = Double(nanoseconds) / 1e9
        return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\((seconds * 1000).rounded() / 1000) s"
    }
}
