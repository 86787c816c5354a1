import WhetCore

/// One event of a stream of server-sent events.
public struct ServerSentEvent: Hashable, Sendable {
    /// "message" unless the server said otherwise.
    public var name: String
    /// Its lines, joined.
    public var data: String

    init(name: String = "message", data: String) {
        self.name = name
        self.data = data
    }
}

/// Reads server-sent events out of bytes that come in pieces of any size.
///
/// Keeps: how the bytes were cut into pieces makes no difference; an event that the stream ends in the middle of is not
/// reported; no more than `limit` bytes are held.
///
/// Source: HTML standard, section 9.2.6. Ids and reconnection times are skipped: nobody here reconnects.
public struct ServerSentEventParser: Sendable {
    /// The most bytes of one event.
    let limit: Int
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var name = ""
    private var lastWasCarriageReturn = false
    private var isFirstLine = true

    public init(limit: Int = 1 << 26) { self.limit = limit }

    /// - Returns: the events that these bytes complete.
    /// - Throws: `WhetError` when an event is larger than the limit.
    public mutating func push(_ bytes: some Sequence<UInt8>) throws -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            let followsCarriageReturn = lastWasCarriageReturn
            lastWasCarriageReturn = byte == 0x0D
            switch byte {
            case 0x0A where followsCarriageReturn: continue
            case 0x0A, 0x0D:
                if let event = endLine() { events.append(event) }
            default:
                line.append(byte)
                guard line.count + data.count <= limit else {
                    throw WhetError("a server-sent event is larger than \(limit) bytes")
                }
            }
        }
        return events
    }

    private mutating func endLine() -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else { return dispatch() }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[min(colon + 1, line.endIndex)...]
        if value.first == 0x20 { value.removeFirst() }
        if line[..<colon].elementsEqual("data".utf8) {
            if hasData { data.append(0x0A) }
            data += value
            hasData = true
        } else if line[..<colon].elementsEqual("event".utf8) {
            name = String(decoding: value, as: UTF8.self)
        }
        return nil
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer {
            data.removeAll(keepingCapacity: true)
            hasData = false
            name = ""
        }
        guard hasData else { return nil }
        return ServerSentEvent(name: name.isEmpty ? "message" : name, data: String(decoding: data, as: UTF8.self))
    }
}

extension HTTPBody {
    /// The body read as server-sent events, as they come.
    public var events: ServerSentEvents { ServerSentEvents(body: self) }
}

/// Server-sent events as they come.
public struct ServerSentEvents: AsyncSequence, Sendable {
    let body: HTTPBody

    /// Reads event by event.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var bytes: HTTPBody.AsyncIterator
        var parser = ServerSentEventParser()
        var events: ArraySlice<ServerSentEvent> = []

        /// - Throws: `HTTPError`; `WhetError` for an event that is too large.
        public mutating func next() async throws -> ServerSentEvent? {
            while events.isEmpty {
                guard let chunk = try await bytes.next() else { return nil }
                events = try parser.push(chunk)[...]
            }
            return events.removeFirst()
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(bytes: body.makeAsyncIterator()) }
}
