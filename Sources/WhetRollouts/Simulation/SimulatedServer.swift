import DequeModule
import HeapModule

/// An inference server whose running requests share it evenly.
///
/// All running requests advance by the same number of tokens in the same time, so one counter, the tokens that a
/// request would have got since the server's start, says when each ends: a change costs a logarithm, not a step a
/// token.
///
/// Keeps: at most `slots` requests run; the others wait in order of arrival; time never goes back.
struct SimulatedServer {
    struct Speed: Sendable {
        /// Of one decoding step without requests: the weights are read once for all.
        var stepSeconds: Double
        /// What each request in the batch adds to a step.
        var requestSeconds: Double

        func tokensPerSecond(batch: Int) -> Double { 1 / (stepSeconds + requestSeconds * Double(batch)) }
    }

    private struct Running {
        var begin: Double
        var end: Double
        var ticket: Int
    }

    private struct End: Comparable {
        var service: Double
        var ticket: Int
        var member: Scheduler.Member

        static func < (left: End, right: End) -> Bool { (left.service, left.ticket) < (right.service, right.ticket) }
    }

    let slots: Int
    let speed: Speed
    let prefillTokensPerSecond: Double
    /// Counts changes, so that an event that was planned before one can be told.
    private(set) var generation = 0
    private(set) var prefilledTokens = 0
    private var running: [Scheduler.Member: Running] = [:]
    private var ends: Heap<End> = []
    private var waiting: Deque<(member: Scheduler.Member, tokens: Int, prefill: Int)> = []
    private var service = 0.0
    private var time = 0.0
    /// Prompts are read before anything is decoded.
    private var decodesFrom = 0.0
    private var ticket = 0

    init(slots: Int, speed: Speed, prefillTokensPerSecond: Double) {
        self.slots = slots
        self.speed = speed
        self.prefillTokensPerSecond = prefillTokensPerSecond
    }

    var requestCount: Int { running.count + waiting.count }

    /// When the next request ends if nothing changes; nil if none runs.
    var nextEnd: Double? {
        guard let end = ends.min else { return nil }
        let remaining = max(0, end.service - service) / speed.tokensPerSecond(batch: running.count)
        return max(time, decodesFrom) + remaining
    }

    mutating func submit(_ member: Scheduler.Member, tokens: Int, prefill: Int, at now: Double) {
        advance(to: now)
        if running.count < slots {
            run(member, tokens: tokens, prefill: prefill)
        } else {
            waiting.append((member, tokens, prefill))
        }
    }

    /// Ends a request before its time.
    ///
    /// - Returns: the tokens that it got.
    mutating func abort(_ member: Scheduler.Member, at now: Double) -> Int {
        advance(to: now)
        guard let request = running.removeValue(forKey: member) else {
            waiting.removeAll { $0.member == member }
            return 0
        }
        dropAborted()
        admit()
        return min(Int(service - request.begin), Int(request.end - request.begin) - 1)
    }

    /// The requests that have ended by now, in the order of their ends.
    mutating func finished(at now: Double) -> [Scheduler.Member] {
        advance(to: now)
        var members: [Scheduler.Member] = []
        // Time has so many digits: what lies within its last few is due now, or it would never come.
        let digits = 4 * max(1, now).ulp * speed.tokensPerSecond(batch: running.count)
        while let end = ends.min, end.service <= service + 1e-6 + digits {
            ends.removeMin()
            running[end.member] = nil
            members.append(end.member)
            dropAborted()
        }
        admit()
        return members
    }

    private mutating func advance(to now: Double) {
        generation += 1
        let from = max(time, min(now, decodesFrom))
        if now > from { service += (now - from) * speed.tokensPerSecond(batch: running.count) }
        time = max(time, now)
        // Small numbers keep their digits.
        if running.isEmpty { service = 0 }
    }

    private mutating func admit() {
        while running.count < slots, let next = waiting.popFirst() {
            run(next.member, tokens: next.tokens, prefill: next.prefill)
        }
    }

    private mutating func run(_ member: Scheduler.Member, tokens: Int, prefill: Int) {
        decodesFrom = max(time, decodesFrom) + Double(prefill) / prefillTokensPerSecond
        prefilledTokens += prefill
        ticket += 1
        let request = Running(begin: service, end: service + Double(tokens), ticket: ticket)
        running[member] = request
        ends.insert(End(service: request.end, ticket: ticket, member: member))
    }

    /// Aborted requests leave the heap once they come to its top.
    private mutating func dropAborted() {
        while let end = ends.min, running[end.member]?.ticket != end.ticket { ends.removeMin() }
    }
}
