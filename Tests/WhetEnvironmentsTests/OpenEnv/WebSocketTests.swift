import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments

@Suite("WebSockets")
struct WebSocketTests {
    @Test(
        "need SHA-1",
        arguments: [
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
            (String(repeating: "a", count: 119), "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56"),
        ])
    func hashes(_ text: String, _ hash: String) {
        #expect(sha1(Array(text.utf8)).map { String(format: "%02x", $0) }.joined() == hash)
    }

    /// As a server writes it.
    private func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        if payload.count < 126 { return [first, UInt8(payload.count)] + payload }
        return [first, 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)] + payload
    }

    @Test("read messages, however they are cut", arguments: [1, 2, 3, 7, 1000])
    func reads(_ size: Int) throws {
        let long = [UInt8](repeating: 7, count: 300)
        let bytes =
            frame(0x81, [1]) + frame(0x02, [2]) + frame(0x89, [9]) + frame(0x00, [3]) + frame(0x80, [])
            + frame(0x82, long)
            + frame(0x8A, [1]) + frame(0x88, [3, 232, 0x62])
        var reader = WebSocketReader(limit: 300)
        var events: [WebSocketReader.Event] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            events += try reader.events(with: Array(bytes[start..<min(start + size, bytes.count)]))
        }
        #expect(events == [.message([1]), .ping([9]), .message([2, 3]), .message(long), .close("b")])
    }

    @Test(
        "end where the protocol is broken",
        arguments: [
            [0x81, 0x81, 0, 0, 0, 0, 1], [0x83, 0], [0xC1, 0], [0x80, 0], [0x09, 0],
            [0x89, 126, 0, 126] + [UInt8](repeating: 0, count: 126),
            [0x01, 0, 0x81, 0], [0x82, 127, 0, 0, 0, 0, 0, 0, 1, 45],
            [0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255],
        ] as [[UInt8]])
    func refuses(_ bytes: [UInt8]) {
        var reader = WebSocketReader(limit: 300)
        #expect(throws: WebSocketReader.Broken.self) { try reader.events(with: bytes) }
    }

    @Test("write frames that a mask disguises", arguments: [0, 5, 125, 126, 65535, 65536])
    func writes(_ count: Int) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        var frame = WebSocketFrame.bytes(.text, payload, mask: 0x0102_0304)[...]
        #expect(frame.popFirst() == 0x81)
        let short = Int(frame.popFirst()! & 0x7F)
        let width = short == 126 ? 2 : short == 127 ? 8 : 0
        let length = width == 0 ? short : frame.prefix(width).reduce(0) { $0 << 8 | Int($1) }
        #expect(length == count)
        frame = frame.dropFirst(width)
        #expect(Array(frame.prefix(4)) == [1, 2, 3, 4])
        let plain = zip(frame.dropFirst(4), 0...).map { (byte: UInt8, index: Int) in byte ^ UInt8(index % 4 + 1) }
        #expect(plain == payload)
    }

    @Test("have addresses")
    func readsAddresses() throws {
        #expect(try WebSocketURL("http://127.0.0.1:8000", adding: "/ws").description == "ws://127.0.0.1:8000/ws")
        #expect(try WebSocketURL("ws://host/base/", adding: "/ws").path == "/base/ws")
        #expect(try WebSocketURL("http://[::1]:9/", adding: "/ws").host == "::1")
        for url in ["", "host", "host:80", "ftp://host", "http://", "http://user:secret@host"] {
            #expect(throws: WhetError.self) { try WebSocketURL(url) }
        }
        let error = #expect(throws: WhetError.self) { try WebSocketURL("wss://host") }
        #expect(error?.problem.contains("TLS") == true)
    }

    @Test("open as RFC 6455 says, and not otherwise")
    func checksHandshakes() {
        // The key and answer of RFC 6455, section 1.3.
        let key = "dGhlIHNhbXBsZSBub25jZQ=="
        func refusal(_ head: String) -> String? { WebSocketURL.refusal(of: Array(head.utf8), key: key) }
        #expect(refusal("HTTP/1.1 101 Switching\r\nsec-websocket-ACCEPT: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == nil)
        #expect(refusal("HTTP/1.1 101 Switching\r\nSec-WebSocket-Accept: x") != nil)
        #expect(refusal("HTTP/1.1 101 Switching") != nil)
        #expect(refusal("HTTP/1.1 403 Forbidden")?.contains("403") == true)
        #expect(refusal("") == "the server's answer is not HTTP")
    }
}
