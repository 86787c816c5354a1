import Testing
import WhetCore
import WhetTestSupport

@testable import WhetHTTP

@Suite("HTTP client")
struct HTTPClientTests {
    /// On a machine that is busy, minutes may lie between two requests of a test.
    private static var patient: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.maximumIdleSeconds = 3_600
        return configuration
    }

    @Test("a request arrives as it was made, and the answer comes back whole")
    func roundTrip() async throws {
        let server = try CannedServer(
            replies: .status(201, headers: ["X-Greeting:  hello ", "x-twice: a", "X-Twice: b"], body: "grüezi"))
        let client = try HTTPClient()
        let response = try await client.send(
            .post(server.url + "/some/path?q=1", json: ["a": [1, 2.5, nil]], headers: ["Authorization": "Bearer x"]))
        #expect(response.status == 201)
        #expect(response.text == "grüezi")
        #expect(response.headers["x-greeting"] == "hello")
        #expect(response.headers.fields.filter { $0.name.lowercased() == "x-twice" }.map(\.value) == ["a", "b"])
        let request = try #require(server.requests.first)
        #expect(request.method == "POST")
        #expect(request.path == "/some/path?q=1")
        #expect(request.text == #"{"a":[1,2.5,null]}"#)
        #expect(request.headers["authorization"] == "Bearer x")
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["content-length"] == "18")
    }

    @Test(
        "every method keeps its body, on one connection",
        arguments: [
            HTTPRequest.Method.get, .post, .put, .delete, .head,
        ])
    func methods(method: HTTPRequest.Method) async throws {
        let server = try CannedServer { request in
            .status(200, body: request.method == "HEAD" ? "" : "\(request.method) \(request.text)")
        }
        let client = try HTTPClient(Self.patient)
        for body in ["", "one", "", "three"] where !(method == .head && !body.isEmpty) {
            let response = try await client.send(HTTPRequest(method, server.url, body: Array(body.utf8)))
            #expect(response.text == (method == .head ? "" : "\(method.rawValue) \(body)"))
        }
        #expect(server.counts.connections == 1)
    }

    @Test("connections are used again, whatever was asked before")
    func keepAlive() async throws {
        let server = try CannedServer { .status(200, body: $0.method + $0.path + $0.text) }
        let client = try HTTPClient(Self.patient)
        for index in 0..<20 {
            let request =
                index % 3 == 0
                ? HTTPRequest(.get, server.url + "/\(index)") : .post(server.url + "/\(index)", json: .integer(index))
            let expected = index % 3 == 0 ? "GET/\(index)" : "POST/\(index)\(index)"
            #expect(try await client.send(request).text == expected)
        }
        #expect(server.counts.connections == 1)
    }

    @Test("a large body goes both ways", arguments: [1 << 16, 5_000_000])
    func largeBody(size: Int) async throws {
        let server = try CannedServer { .status(200, body: $0.text) }
        let client = try HTTPClient()
        let body = (0..<size).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        #expect(try await client.send(HTTPRequest(.post, server.url, body: body)).body == body)
    }

    @Test("any status is an answer", arguments: [204, 301, 404, 429, 500])
    func statuses(status: Int) async throws {
        let server = try CannedServer(replies: .status(status, headers: ["Location: /elsewhere"]))
        let client = try HTTPClient()
        #expect(try await client.send(HTTPRequest(.get, server.url)).status == status)
        #expect(server.counts.requests == 1)
    }

    @Test("thousands of requests are in flight at once without thousands of threads")
    func thousandsInFlight() async throws {
        let gate = Gate()
        let server = try CannedServer { .held(by: gate, .status(200, body: $0.text)) }
        let client = try HTTPClient()
        // Client and server share this process, and with it the system's limit of open files; half of it is for tests
        // beside this one.
        let count = min(5_000, (OpenFileLimit.raise(to: 21_000) - 600) / 4)
        try #require(count >= 200, "the limit of open files is too low to tell anything")
        let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<count {
                group.addTask {
                    try await client.send(.post(server.url, json: .integer(index))).text == String(index)
                }
            }
            await server.until { $0.requests == count }
            #expect(server.counts.openConnections == count)
            // Other tests have threads too, but not one a request.
            #expect(threadCount() < count / 4)
            gate.open()
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(answers == count)
        #expect(server.counts.closedEarly == 0)
    }

    @Test("no more connections than allowed; the rest wait their turn")
    func connectionCap() async throws {
        let gate = Gate()
        let server = try CannedServer { _ in .held(by: gate, .status(200)) }
        var configuration = HTTPClient.Configuration()
        configuration.maximumConnectionsPerHost = 3
        let client = try HTTPClient(configuration)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<10 { group.addTask { try await client.send(HTTPRequest(.get, server.url)).status } }
            await server.until { $0.requests == 3 }
            gate.open()
            for try await status in group { #expect(status == 200) }
        }
        #expect(server.counts.connections == 3)
        #expect(server.counts.requests == 10)
    }

    @Test("letting go of the client in the middle of nothing is harmless, and of a server too")
    func letGo() async throws {
        for _ in 0..<20 {
            let server = try CannedServer(replies: .status(200))
            #expect(try await HTTPClient().send(HTTPRequest(.get, server.url)).status == 200)
        }
    }
}

@Suite("Endpoints")
struct HTTPEndpointTests {
    @Test(
        "loopback is known in all its spellings",
        arguments: [
            ("http://127.0.0.1:1/x", true), ("http://127.9.8.7", true), ("http://localhost:80", true),
            ("http://LOCALHOST/", true), ("http://a.localhost/", true), ("http://[::1]:8000/x", true),
            ("http://user@localhost/", true), ("http://127.0.0.1.example.com/", false), ("http://127.example/", false),
            ("https://example.com/127.0.0.1", false), ("http://localhost@example.com/", false),
            ("http://128.0.0.1", false),
        ])
    func loopback(url: String, expected: Bool) throws {
        #expect(try HTTPEndpoint(url: url).isLoopback == expected)
    }

    @Test("what follows the authority is not part of the endpoint", arguments: ["", "/", "/a/b", "?q", "#f"])
    func key(rest: String) throws {
        #expect(try HTTPEndpoint(url: "http://host:8000" + rest).key == "http://host:8000")
    }
}
