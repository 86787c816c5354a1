import Testing
import WhetCore

@testable import WhetRollouts

@Suite("A simulated server")
struct SimulatedServerTests {
    typealias Member = Scheduler.Member

    private func member(_ number: Int) -> Member { Member(group: number, index: 0) }

    private func server(slots: Int = 8) -> SimulatedServer {
        SimulatedServer(slots: slots, speed: .init(stepSeconds: 0, requestSeconds: 0.01), prefillTokensPerSecond: 100)
    }

    @Test("requests share it evenly")
    func sharing() throws {
        var server = server()
        server.submit(member(0), tokens: 100, prefill: 0, at: 0)
        #expect(server.nextEnd == 1)
        // Half of the first is done; then each gets half of the speed.
        server.submit(member(1), tokens: 100, prefill: 0, at: 0.5)
        #expect(server.nextEnd == 1.5)
        #expect(server.finished(at: 1.5) == [member(0)])
        #expect(server.nextEnd == 2)
        #expect(server.finished(at: 2) == [member(1)])
        #expect(server.nextEnd == nil)
    }

    @Test("agrees with going on token by token, whatever the lengths")
    func againstSteps() throws {
        var random = RandomStream(seed: 1, purpose: "lengths")
        let lengths = (0..<40).map { _ in Int.random(in: 1...300, using: &random) }
        var server = server(slots: 40)
        for (index, length) in lengths.enumerated() { server.submit(member(index), tokens: length, prefill: 0, at: 0) }
        var time = 0.0
        for tokens in 1...300 {
            time += 0.01 * Double(lengths.count { $0 >= tokens })
            let due = lengths.indices.filter { lengths[$0] == tokens }.map(member)
            guard !due.isEmpty else { continue }
            #expect(abs(try #require(server.nextEnd) - time) < 1e-9)
            #expect(server.finished(at: time + 1e-12) == due)
        }
        #expect(server.requestCount == 0)
    }

    @Test("beyond its slots requests wait, and take the place of those that end or are aborted")
    func waiting() {
        var server = server(slots: 1)
        for index in 0..<4 { server.submit(member(index), tokens: 100, prefill: 0, at: 0) }
        #expect(server.abort(member(2), at: 0.25) == 0, "it had not begun")
        #expect(server.abort(member(0), at: 0.25) == 25)
        #expect(server.nextEnd == 1.25)
        #expect(server.finished(at: 1.25) == [member(1)])
        #expect(server.finished(at: 2.25) == [member(3)])
    }

    @Test("late in a long training, and fast, a request still ends when it says so", arguments: [1e3, 1e5, 1e8])
    func late(time: Double) throws {
        for step in 0..<1_000 {
            var server = SimulatedServer(
                slots: 8, speed: .init(stepSeconds: 1e-6, requestSeconds: 0), prefillTokensPerSecond: 100)
            let begin = time + Double(step) / 7
            server.submit(member(0), tokens: 1, prefill: 0, at: begin)
            #expect(server.finished(at: try #require(server.nextEnd)) == [member(0)])
        }
    }

    @Test("a prompt is read before anything is decoded")
    func prefill() {
        var server = server()
        server.submit(member(0), tokens: 100, prefill: 50, at: 0)
        #expect(server.nextEnd == 1.5)
        #expect(server.abort(member(0), at: 0.25) == 0)
        #expect(server.prefilledTokens == 50)
    }
}
