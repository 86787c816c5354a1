import WhetCore

/// What a `CannedServer` does with a connection once it has read a request: a short script of bytes, waits and cuts.
public struct CannedReply: Sendable {
    public enum Step: Sendable {
        case send([UInt8])
        /// The same, made when its turn comes.
        case compute(@Sendable () -> [UInt8])
        case wait(Duration)
        /// Goes on when the test opens the gate.
        case hold(Gate)
        /// Sends this again and again until the client goes.
        case sendForever([UInt8])
        /// Ends the connection in an orderly way.
        case close
        /// Breaks the connection off.
        case reset
    }

    public var steps: [Step]

    public init(_ steps: [Step]) { self.steps = steps }
}

extension CannedReply {
    /// A proper answer with its length.
    public static func status(_ status: Int, headers: [String] = [], body: String = "") -> CannedReply {
        CannedReply([.send(head(status, headers + ["Content-Length: \(body.utf8.count)"]) + Array(body.utf8))])
    }

    public static func json(_ text: String, status: Int = 200) -> CannedReply {
        .status(status, headers: ["Content-Type: application/json"], body: text)
    }

    /// The head of an answer, blank line included.
    public static func head(_ status: Int, _ headers: [String]) -> [UInt8] {
        Array(("HTTP/1.1 \(status) Canned\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n").utf8)
    }

    /// A body in chunks (RFC 9112, section 7.1), each a step of its own.
    public static func chunked(_ chunks: [String], contentType: String = "text/plain") -> CannedReply {
        CannedReply(
            [.send(head(200, ["Content-Type: \(contentType)", "Transfer-Encoding: chunked"]))]
                + chunks.filter { !$0.isEmpty }.map { .send(chunk($0)) } + [.send(Array("0\r\n\r\n".utf8))])
    }

    public static func chunk(_ text: String) -> [UInt8] {
        Array("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n".utf8)
    }

    /// Server-sent events, one chunk each.
    public static func events(_ data: [String]) -> CannedReply {
        .chunked(data.map { "data: \($0)\n\n" }, contentType: "text/event-stream")
    }

    /// Nothing at all until the gate opens, then `reply`.
    public static func held(by gate: Gate, _ reply: CannedReply) -> CannedReply {
        CannedReply([.hold(gate)] + reply.steps)
    }

    /// `reply` after a while.
    public static func late(by time: Duration, _ reply: CannedReply) -> CannedReply {
        CannedReply([.wait(time)] + reply.steps)
    }

    /// Never answers.
    public static let silence = CannedReply([.hold(Gate())])

    /// A head, and then a body that never ends.
    public static func endless(_ chunk: String) -> CannedReply {
        CannedReply([
            .send(head(200, ["Transfer-Encoding: chunked"])), .sendForever(CannedReply.chunk(chunk)),
        ])
    }
}
