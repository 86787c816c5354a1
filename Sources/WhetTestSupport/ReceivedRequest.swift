import WhetHTTP

/// A request as a `CannedServer` read it.
public struct ReceivedRequest: Sendable {
    /// How many requests the server had read before this one.
    public let index: Int
    /// How many connections the server had accepted before the one that this came on.
    public let connection: Int
    public let method: String
    /// With the query.
    public let path: String
    public let body: [UInt8]
    private let head: [UInt8]

    public var headers: HTTPHeaders { HTTPHeaders(head: head) }
    public var text: String { String(decoding: body, as: UTF8.self) }
}

extension ReceivedRequest {
    /// Takes the first whole request out of `bytes`, from `start` on, which it moves; nil when it has not all come.
    ///
    /// - Throws: `Malformed` for what is no HTTP/1.1 with a Content-Length.
    init?(
        from bytes: [UInt8], at start: inout Int, index: Int, connection: Int
    ) throws(Malformed) {
        guard let headEnd = ReceivedRequest.endOfHead(bytes, from: start) else { return nil }
        let length = try ReceivedRequest.contentLength(bytes[start..<headEnd])
        guard bytes.count - headEnd >= length else { return nil }
        let line = bytes[start..<headEnd].prefix { $0 != 0x0D }
        let words = line.split(separator: 0x20, maxSplits: 2)
        guard words.count == 3 else { throw Malformed() }
        self.index = index
        self.connection = connection
        method = String(decoding: words[0], as: UTF8.self)
        path = String(decoding: words[1], as: UTF8.self)
        head = Array(bytes[start..<headEnd])
        body = Array(bytes[headEnd..<headEnd + length])
        start = headEnd + length
    }

    struct Malformed: Error {}

    /// The index after the blank line.
    private static func endOfHead(_ bytes: [UInt8], from start: Int) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            var index = start + 3
            while index < bytes.count {
                // Most bytes are not the last of "\r\n\r\n", which allows to jump.
                switch bytes[index] {
                case 0x0A:
                    if bytes[index - 1] == 0x0D, bytes[index - 2] == 0x0A, bytes[index - 3] == 0x0D { return index + 1 }
                    index += 2
                case 0x0D: index += 1
                default: index += 4
                }
            }
            return nil
        }
    }

    private static func contentLength(_ head: ArraySlice<UInt8>) throws(Malformed) -> Int {
        let name = Array("\ncontent-length:".utf8)
        let length = head.withUnsafeBufferPointer { head -> Int? in
            guard head.count > name.count else { return 0 }
            for start in 0..<head.count - name.count where head[start] == 0x0A {
                guard (1..<name.count).allSatisfy({ head[start + $0] | 0x20 == name[$0] | 0x20 }) else { continue }
                let value = head[(start + name.count)...].prefix { $0 != 0x0D }.drop { $0 == 0x20 }
                return Int(String(decoding: value, as: UTF8.self))
            }
            return 0
        }
        guard let length, length >= 0 else { throw Malformed() }
        return length
    }
}
