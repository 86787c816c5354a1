import Foundation
import WhetCore
import WhetHTTP

/// Where a WebSocket leads, and the HTTP by which it opens (RFC 6455, section 4).
struct WebSocketURL: Hashable, Sendable, CustomStringConvertible {
    let host: String
    let port: Int
    /// With the query.
    let path: String

    var description: String { "ws://\(authority)\(path)".withoutSecrets }

    private var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// - Parameter url: `ws://` or `http://`; a path is kept, and `path` added.
    /// - Throws: `WhetError` for anything else.
    init(_ url: String, adding path: String = "") throws {
        let parts = URLComponents(string: url)
        guard parts?.scheme != "wss", parts?.scheme != "https" else {
            throw WhetError(
                "WebSockets over TLS are not spoken here", at: url.withoutSecrets, expected: "ws:// or http://",
                remedy: "run the server on this machine or network, or put a proxy before it that speaks TLS")
        }
        guard let parts, parts.scheme == "ws" || parts.scheme == "http", let host = parts.host, !host.isEmpty,
            parts.user == nil
        else {
            throw WhetError(
                "this is not the address of a server", at: url.withoutSecrets, expected: "such as http://127.0.0.1:8000"
            )
        }
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? 80
        var prefix = parts.percentEncodedPath
        while prefix.hasSuffix("/") { prefix.removeLast() }
        self.path = prefix + path + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }

    func upgradeRequest(key: String) -> String {
        """
        GET \(path.isEmpty ? "/" : path) HTTP/1.1\r
        Host: \(authority)\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Key: \(key)\r
        Sec-WebSocket-Version: 13\r
        User-Agent: whet\r
        \r

        """
    }

    /// Why an answer is no agreement; nil if it is one.
    static func refusal(of head: [UInt8], key: String) -> String? {
        let line = String(decoding: head.prefix { $0 != 0x0D && $0 != 0x0A }, as: UTF8.self)
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            return "the server's answer is not HTTP"
        }
        guard status == 101 else { return "the server opens no WebSocket here; it answered \(line.prefix(100))" }
        let accepted = Data(sha1(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))).base64EncodedString()
        let given = HTTPHeaders(head: head)["Sec-WebSocket-Accept"]
        return given == accepted ? nil : "the server's answer is no agreement on a WebSocket"
    }
}
