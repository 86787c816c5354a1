/// Where a URL leads: what decides which connections its requests can share.
struct HTTPEndpoint: Equatable {
    /// Scheme, user and authority as written: `http://127.0.0.1:8000`.
    let key: String

    /// Reads the front of a URL; the rest is curl's to read.
    ///
    /// - Throws: `HTTPError.Reason.invalidRequest` in words when it is no HTTP URL.
    init(url: String) throws(HTTPError.Reason) {
        let bytes = url.utf8
        guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw .invalidRequest("the URL has a space or a control character in it")
        }
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw .invalidRequest("the URL does not begin with http:// or https://")
        }
        let start = bytes.index(bytes.startIndex, offsetBy: url.hasPrefix("http:") ? 7 : 8)
        let end = bytes[start...].firstIndex(where: HTTPEndpoint.endsAuthority) ?? bytes.endIndex
        guard start < end else { throw .invalidRequest("the URL names no host") }
        key = String(url[..<end])
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }

    /// Whether the host is this machine, which no proxy is asked for.
    var isLoopback: Bool {
        let authority = key[(key.firstRange(of: "://")?.upperBound ?? key.startIndex)...]
        let host = authority.split(separator: "@").last ?? authority
        if host.hasPrefix("[::1]") { return true }
        let name = host.prefix { $0 != ":" }.lowercased()
        return name == "localhost" || name.hasSuffix(".localhost")
            || name.hasPrefix("127.")
                && name.split(separator: ".").count == 4 && name.split(separator: ".").allSatisfy { UInt8($0) != nil }
    }
}
