/// Frames of a WebSocket (RFC 6455, section 5.2), as a client writes and reads them.
enum WebSocketFrame {
    enum Kind: UInt8 {
        case continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10
    }

    /// A whole frame.
    ///
    /// - Parameter mask: what the payload is disguised with; a client has to.
    static func bytes(_ kind: Kind, _ payload: [UInt8], mask: UInt32) -> [UInt8] {
        let key = (0..<4).map { UInt8(truncatingIfNeeded: mask >> (24 - 8 * $0)) }
        var frame: [UInt8] = [0x80 | kind.rawValue]
        switch payload.count {
        case ..<126: frame.append(0x80 | UInt8(payload.count))
        case ..<65536: frame += [0x80 | 126] + bigEndian(payload.count, 2)
        default: frame += [0x80 | 127] + bigEndian(payload.count, 8)
        }
        frame += key
        frame.reserveCapacity(frame.count + payload.count)
        for (index, byte) in payload.enumerated() { frame.append(byte ^ key[index & 3]) }
        return frame
    }

    private static func bigEndian(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * (count - 1 - $0))) }
    }
}

/// Puts messages together from the bytes that a server sends.
///
/// Keeps: no message larger than `limit` is held; what breaks the protocol throws.
struct WebSocketReader {
    enum Event: Hashable {
        /// Text or binary.
        case message([UInt8])
        case ping([UInt8])
        /// With the server's reason.
        case close(String)
    }

    struct Broken: Error {
        let reason: String
    }

    let limit: Int
    private var bytes: [UInt8] = []
    /// The parts of a message that is not whole yet.
    private var parts: [UInt8]?

    init(limit: Int) { self.limit = limit }

    mutating func events(with more: [UInt8]) throws(Broken) -> [Event] {
        bytes += more
        var events: [Event] = []
        var start = 0
        while let (first, payload) = try frame(at: start) {
            start = payload.upperBound
            if let event = try event(first, Array(bytes[payload])) { events.append(event) }
        }
        bytes.removeFirst(start)
        return events
    }

    /// - Returns: the first byte and where the payload lies; nil while not all of it is there.
    private func frame(at start: Int) throws(Broken) -> (UInt8, Range<Int>)? {
        guard bytes.count >= start + 2 else { return nil }
        let second = bytes[start + 1]
        guard second & 0x80 == 0 else { throw Broken(reason: "the server masks its frames") }
        let width = second == 126 ? 2 : second == 127 ? 8 : 0
        guard bytes.count >= start + 2 + width else { return nil }
        let count =
            width == 0
            ? UInt64(second) : bytes[start + 2..<start + 2 + width].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard count <= UInt64(limit - (parts?.count ?? 0)) else {
            throw Broken(reason: "the server sent a message of more than \(limit) bytes")
        }
        let payload = start + 2 + width..<start + 2 + width + Int(count)
        return bytes.count >= payload.upperBound ? (bytes[start], payload) : nil
    }

    private mutating func event(_ first: UInt8, _ payload: [UInt8]) throws(Broken) -> Event? {
        guard first & 0x70 == 0, let kind = WebSocketFrame.Kind(rawValue: first & 0x0F) else {
            throw Broken(reason: "the server sent a frame of an unknown kind")
        }
        let isLast = first & 0x80 != 0
        switch kind {
        case .ping, .pong, .close:
            guard isLast, payload.count < 126 else { throw Broken(reason: "the server sent a control frame in parts") }
            if kind == .pong { return nil }
            return kind == .ping ? .ping(payload) : .close(String(decoding: payload.dropFirst(2), as: UTF8.self))
        case .text, .binary:
            guard parts == nil else { throw Broken(reason: "the server began a message within another") }
            if isLast { return .message(payload) }
            parts = payload
        case .continuation:
            guard let before = parts else {
                throw Broken(reason: "the server continued a message that it had not begun")
            }
            if isLast {
                parts = nil
                return .message(before + payload)
            }
            parts = before + payload
        }
        return nil
    }
}
