/// Where a URL leads: what decides which connections its requests can share.
struct HTTPEndpoint: Equatable {
    /// Scheme, user and authority as written: `http://127.0.0.1:8000`.
    let key: String
    /// Whether the host is this machine, which no proxy is asked for.
    let isLoopback: Bool

    /// Reads the front of a URL; the rest is curl's to read.
    ///
    /// - Throws: `HTTPError.Reason.invalidRequest` in words when it is no HTTP URL.
    init(url: String) throws(HTTPError.Reason) {
        let bytes = url.utf8
        guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw .invalidRequest("the URL has a space or a control character in it")
        }
        guard let scheme = ["http://", "https://"].first(where: { url.hasPrefix($0) }) else {
            throw .invalidRequest("the URL does not begin with http:// or https://")
        }
        let start = bytes.index(bytes.startIndex, offsetBy: scheme.utf8.count)
        let end = bytes[start...].firstIndex { "/?#".utf8.contains($0) } ?? bytes.endIndex
        guard start < end else { throw .invalidRequest("the URL names no host") }
        key = String(url[..<end])
        isLoopback = HTTPEndpoint.isLoopback(authority: url[start..<end])
    }

    private static func isLoopback(authority: Substring) -> Bool {
        let host = authority.split(separator: "@").last ?? authority
        if host.hasPrefix("[::1]") { return true }
        let name = host.prefix { $0 != ":" }.lowercased()
        return name == "localhost" || name.hasSuffix(".localhost")
            || name.hasPrefix("127.")
                && name.split(separator: ".").count == 4 && name.split(separator: ".").allSatisfy { UInt8($0) != nil }
    }
}
