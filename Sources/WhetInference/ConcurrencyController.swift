/// How many requests to have in flight, by what the servers say of themselves: more while they are clear, fewer before
/// their caches overflow and they compute the same tokens twice.
///
/// Adds a little while nothing waits and the cache will hold, takes a share away when requests are queued or preempted
/// or the cache is nearly full (additive increase, multiplicative decrease: Chiu and Jain, 1989). Pure: samples in, cap
/// out.
///
/// Keeps: `minimum` ≤ `cap` ≤ `maximum`.
public struct ConcurrencyController: Hashable, Sendable {
    /// Its bounds, and how it moves between them.
    public struct Settings: Hashable, Sendable {
        /// The least cap, at least 1.
        public var minimum: Int
        /// The largest cap.
        public var maximum: Int
        /// Where it begins.
        public var initial: Int
        /// What a clear sample adds.
        public var step: Int
        /// What is left of the cap after it was too high, 0…1.
        var decrease: Double
        /// Above this share of the cache the cap falls.
        var fullCache: Double
        /// The cap rises only if the cache would stay below this share.
        var clearCache: Double
        /// Queued requests, as a share of those that run, that are too many if they are seen twice in a row.
        var queueShare: Double
        /// After a fall, samples in which requests that are in flight still may end before it falls again.
        public var patience: Int

        public init(
            minimum: Int = 1, maximum: Int, initial: Int? = nil, step: Int? = nil, decrease: Double = 0.85,
            fullCache: Double = 0.92, clearCache: Double = 0.85, queueShare: Double = 0.25, patience: Int = 5
        ) {
            self.minimum = max(1, min(minimum, maximum))
            self.maximum = max(1, maximum)
            self.initial = min(max(initial ?? 64, self.minimum), self.maximum)
            self.step = max(1, step ?? self.maximum / 128)
            self.decrease = decrease
            self.fullCache = fullCache
            self.clearCache = clearCache
            self.queueShare = queueShare
            self.patience = patience
        }
    }

    /// Why the cap is what it is.
    public enum Reason: String, Hashable, Sendable {
        case initial, clear, unused, full, preempted, queued, draining
        /// The cache would not hold more.
        case limited
    }

    /// Its bounds.
    public let settings: Settings
    /// How many requests may be in flight now.
    public private(set) var cap: Int
    /// Why the cap is what it is.
    public private(set) var reason = Reason.initial
    private var preemptions: Int?
    /// Share of the cache that a running request takes, smoothed: those that have just begun take less than they will.
    private var usual: Double?
    private var queuedSamples = 0
    private var patience = 0

    public init(_ settings: Settings) {
        self.settings = settings
        cap = settings.initial
    }

    /// Takes in what the servers say now.
    ///
    /// - Returns: the new cap.
    @discardableResult
    public mutating func observe(_ load: ServerLoad) -> Int {
        let isPreempting = count(load.preemptions)
        let inFlight = load.running + load.waiting
        let usage = load.cacheUsage ?? 0
        let isQueued = Double(load.waiting) > max(1, Double(load.running) * settings.queueShare)
        queuedSamples = isQueued ? queuedSamples + 1 : 0
        let share = usage / Double(max(1, load.running))
        let usual = (self.usual ?? share) + 0.05 * (share - (self.usual ?? share))
        self.usual = usual

        if patience > 0, inFlight > cap {
            patience -= 1
            reason = .draining
        } else if isPreempting {
            fall(to: Double(min(cap, inFlight)) * settings.decrease, .preempted)
        } else if usage > settings.fullCache {
            fall(to: Double(min(cap, inFlight)) * settings.decrease, .full)
        } else if queuedSamples >= 2 {
            // What runs is what fits; a few that wait keep it full.
            fall(to: max(Double(load.running), Double(cap) * settings.decrease), .queued)
        } else if load.waiting > 0 {
            reason = .limited
        } else if inFlight * 4 < cap * 3 {
            // The cap does not hold anybody back: what would become of more is not known.
            reason = .unused
        } else if max(share, usual) * Double(cap + settings.step) > settings.clearCache {
            reason = .limited
        } else {
            cap = min(settings.maximum, cap + settings.step)
            reason = .clear
        }
        return cap
    }

    private mutating func fall(to target: Double, _ reason: Reason) {
        cap = min(cap, max(settings.minimum, Int(target)))
        self.reason = reason
        patience = settings.patience
        queuedSamples = 0
    }

    /// Whether requests were preempted since the last sample. A server that was started again counts from 0.
    private mutating func count(_ total: Int?) -> Bool {
        guard let total else { return false }
        defer { preemptions = total }
        return preemptions.map { total > $0 } ?? false
    }
}
