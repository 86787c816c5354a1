/// A server's whole answer, whatever its status.
public struct HTTPResponse: Hashable, Sendable {
    /// Such as 200.
    public var status: Int
    /// Status line and header fields as they came; read when somebody asks.
    private var head: [UInt8]
    /// All of it; empty for none.
    public var body: [UInt8]

    init(status: Int, head: [UInt8], body: [UInt8]) {
        self.status = status
        self.head = head
        self.body = body
    }

    /// An answer made up, for tests and for streams that were read to their end.
    public init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        let lines = headers.fields.map { "\($0.name): \($0.value)\n" }.joined()
        self.init(status: status, head: Array("HTTP/1.1 \(status)\n\(lines)".utf8), body: body)
    }

    /// The fields of its head.
    public var headers: HTTPHeaders { HTTPHeaders(head: head) }

    /// 200 to 299.
    public var isSuccess: Bool { 200..<300 ~= status }

    /// The body as UTF-8; what is not UTF-8 is shown as replacement characters.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The start of the body for a message: one line, at most `limit` characters.
    public func excerpt(_ limit: Int = 300) -> String {
        // A character may have several bytes; four times as many are enough.
        let text = String(decoding: body.prefix(limit * 4), as: UTF8.self)
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        let isCut = line.count > limit || body.count > limit * 4
        return isCut ? String(line.prefix(limit)) + "…" : line
    }
}
