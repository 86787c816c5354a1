import WhetCore

/// What can go wrong between a client and a server that means well.
public enum Fault: String, CaseIterable, Sendable {
    /// 500 with a few words.
    case internalError
    /// 503 with a few words.
    case unavailable
    /// 429.
    case tooManyRequests
    /// Closed before the first byte of the answer.
    case cutBeforeHead
    /// Broken off before the first byte of the answer.
    case reset
    /// Closed in the middle of the head.
    case cutInHead
    /// Closed in the middle of the body.
    case cutInBody
    /// Bytes that are not HTTP.
    case garbage
    /// Proper HTTP round a body that is none of what was asked for.
    case garbledBody
    /// A length that is larger than the body, and then the connection closes.
    case lengthTooLarge
    /// A length that cuts the body short.
    case lengthTooSmall
    /// A chunk whose size is no number.
    case brokenChunk
}

extension Fault {
    /// A reply with this fault instead of `body`.
    public func reply(insteadOf body: String) -> CannedReply {
        let bytes = Array(body.utf8)
        func head(length: Int) -> [UInt8] {
            CannedReply.head(200, ["Content-Type: application/json", "Content-Length: \(length)"])
        }
        switch self {
        case .internalError: return .status(500, body: "the server tripped")
        case .unavailable: return .status(503, body: "come back later")
        case .tooManyRequests: return .status(429, body: "slow down")
        case .cutBeforeHead: return CannedReply([.close])
        case .reset: return CannedReply([.reset])
        case .cutInHead: return CannedReply([.send(Array("HTTP/1.1 200 OK\r\nContent-Le".utf8)), .close])
        case .cutInBody: return CannedReply([.send(head(length: bytes.count) + bytes.prefix(bytes.count / 2)), .close])
        case .garbage: return CannedReply([.send([0x16, 0x03, 0x01, 0x00, 0xFF, 0x0A, 0x0D, 0x0A]), .close])
        case .garbledBody: return .json(String(body.reversed()))
        case .lengthTooLarge: return CannedReply([.send(head(length: bytes.count + 10) + bytes), .close])
        case .lengthTooSmall: return CannedReply([.send(head(length: bytes.count / 2) + bytes), .close])
        case .brokenChunk:
            return CannedReply([
                .send(CannedReply.head(200, ["Transfer-Encoding: chunked"])), .send(Array("zz\r\n{}\r\n".utf8)), .close,
            ])
        }
    }
}

/// Which requests meet which fault: a fixed share of them, the same ones every time.
public struct FaultPlan: Sendable {
    public var seed: UInt64
    /// Of all requests, 0 to 1.
    public var share: Double
    public var faults: [Fault]

    public init(seed: UInt64, share: Double, faults: [Fault] = Fault.allCases) {
        self.seed = seed
        self.share = share
        self.faults = faults
    }

    /// The fault of the `index`-th request; nil for most.
    public func fault(ofRequest index: Int) -> Fault? {
        var random = RandomStream(seed: seed, purpose: "fault", index)
        guard random.unit() < share else { return nil }
        return faults.randomElement(using: &random)
    }
}
