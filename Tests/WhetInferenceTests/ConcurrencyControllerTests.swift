import Testing
import WhetCore

@testable import WhetInference

@Suite("Adaptive concurrency")
struct ConcurrencyControllerTests {
    private func controller(maximum: Int = 1_000, initial: Int = 100) -> ConcurrencyController {
        ConcurrencyController(.init(maximum: maximum, initial: initial, step: 10))
    }

    @Test("grows by a step while all is clear, and never beyond the maximum")
    func grows() {
        var controller = controller(maximum: 125)
        let caps = (0..<4).map { _ in
            controller.observe(ServerLoad(running: controller.cap, waiting: 0, cacheUsage: 0.1, preemptions: 0))
        }
        #expect(caps == [110, 120, 125, 125])
        #expect(controller.reason == .clear)
    }

    @Test("does not grow while the cap holds nobody back, something waits, or the cache would not hold more")
    func holds() {
        let loads: [(ServerLoad, ConcurrencyController.Reason)] = [
            (ServerLoad(running: 50, waiting: 0, cacheUsage: 0.1), .unused),
            (ServerLoad(running: 95, waiting: 5, cacheUsage: 0.1), .limited),
            (ServerLoad(running: 100, waiting: 0, cacheUsage: 0.8), .limited),
        ]
        for (load, reason) in loads {
            var controller = controller()
            #expect(controller.observe(load) == 100)
            #expect(controller.reason == reason)
        }
    }

    @Test("falls by a share when requests are preempted, the cache is full or many are queued twice in a row")
    func falls() {
        var preempted = controller()
        preempted.observe(ServerLoad(running: 100, waiting: 1, cacheUsage: 0.5, preemptions: 7))
        #expect(preempted.cap == 100, "what happened before the first sample is not this run's doing")
        #expect(preempted.observe(ServerLoad(running: 90, waiting: 10, cacheUsage: 0.5, preemptions: 8)) == 85)
        var full = controller()
        #expect(full.observe(ServerLoad(running: 100, waiting: 0, cacheUsage: 0.95)) == 85)
        var queued = controller()
        #expect(queued.observe(ServerLoad(running: 60, waiting: 40)) == 100)
        #expect(queued.observe(ServerLoad(running: 60, waiting: 40)) == 85)
        #expect(queued.reason == .queued)
    }

    @Test("falls once for one cause: what is in flight may end first; but not for ever")
    func patience() {
        var controller = controller()
        let full = ServerLoad(running: 100, waiting: 0, cacheUsage: 0.95)
        let caps = (0..<7).map { _ in controller.observe(full) }
        #expect(caps == [85, 85, 85, 85, 85, 85, 72])
    }

    @Test("a server that was started again counts preemptions from 0")
    func restart() {
        var controller = controller()
        for total in [50, 0, 0] {
            controller.observe(ServerLoad(running: 10, waiting: 0, cacheUsage: 0.1, preemptions: total))
        }
        #expect(controller.cap == 100)
    }

    @Test("stays between minimum and maximum whatever it is told")
    func bounds() {
        var controller = ConcurrencyController(.init(minimum: 4, maximum: 64, initial: 1_000))
        #expect(controller.cap == 64)
        var random = RandomStream(seed: 1, purpose: "loads", 0)
        for _ in 0..<10_000 {
            let cap = controller.observe(
                ServerLoad(
                    running: Int(random.unit() * 200), waiting: Int(random.unit() * 50),
                    cacheUsage: random.unit() * 1.2, preemptions: Int(random.unit() * 10)))
            #expect((4...64).contains(cap))
        }
    }

    // MARK: On a simulated server

    @Test("finds what a server holds: nearly the throughput of the best fixed cap, with few preemptions")
    func simulated() {
        let fixed = [32, 64, 128, 256, 320, 384, 512, 1_024].map { cap in
            (cap: cap, end: SimulatedServer.run(cacheTokens: 200_000, seconds: 1_000) { _ in cap })
        }
        let best = fixed.max { $0.end.throughput < $1.end.throughput }!
        let greedy = fixed.last!
        var controller = ConcurrencyController(.init(maximum: 1_024))
        let adaptive = SimulatedServer.run(cacheTokens: 200_000, seconds: 1_000) { controller.observe($0) }
        #expect(greedy.end.preemptions > 50 * max(1, adaptive.preemptions), "\(greedy)")
        #expect(adaptive.throughput > 0.9 * best.end.throughput, "\(adaptive) and at best \(best)")
        #expect(adaptive.throughput > 2 * fixed[0].end.throughput)
        #expect(Double(adaptive.preemptions) < 0.01 * Double(adaptive.finished), "\(adaptive)")
    }
}

/// A server on a virtual clock: every running request grows by a token a step, a step takes longer the more there are,
/// and when the cache is full the youngest request loses its place and is computed again.
struct SimulatedServer {
    struct End {
        var tokens = 0
        var finished = 0
        var preemptions = 0
        var time = 0.0
        /// Tokens of finished requests a second.
        var throughput: Double { Double(tokens) / time }
    }

    private struct Request {
        var length: Int
        var grown = 0
    }

    private static let prompt = 64

    /// - Parameter cap: asked once a second.
    static func run(cacheTokens: Int, seconds: Double, cap: (ServerLoad) -> Int) -> End {
        var random = RandomStream(seed: 7, purpose: "lengths", 0)
        var running: [Request] = []
        var waiting: [Request] = []
        var end = End()
        var limit = cap(ServerLoad(running: 0, waiting: 0, cacheUsage: 0, preemptions: 0))
        var nextSample = 1.0
        while end.time < seconds {
            while running.count + waiting.count < limit {
                // A long tail: a few are ten times the median.
                let tail = max(0.02, random.unit())
                waiting.append(Request(length: min(2_000, Int(100 / tail))))
            }
            var used = running.reduce(0) { $0 + prompt + $1.grown }
            var prefill = 0
            while let next = waiting.first, used + prompt + next.grown + running.count < cacheTokens {
                waiting.removeFirst()
                running.append(next)
                used += prompt + next.grown
                prefill += prompt + next.grown
            }
            while used + running.count > cacheTokens, let youngest = running.popLast() {
                waiting.insert(youngest, at: 0)
                used -= prompt + youngest.grown
                end.preemptions += 1
            }
            for index in running.indices { running[index].grown += 1 }
            for request in running where request.grown >= request.length {
                end.tokens += request.length
                end.finished += 1
            }
            running.removeAll { $0.grown >= $0.length }
            end.time += 0.02 + 0.0001 * Double(running.count) + 0.0001 * Double(prefill)
            guard end.time >= nextSample else { continue }
            nextSample += 1
            limit = cap(
                ServerLoad(
                    running: running.count, waiting: waiting.count,
                    cacheUsage: Double(used) / Double(cacheTokens), preemptions: end.preemptions))
        }
        return end
    }
}
