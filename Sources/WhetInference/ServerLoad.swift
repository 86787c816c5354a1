/// How busy a server says it is.
public struct ServerLoad: Hashable, Sendable {
    /// Requests that are being sampled.
    public var running: Int
    /// Requests that wait for a place.
    public var waiting: Int
    /// Share of the key-value cache that is in use, 0…1; nil where it is not told.
    public var cacheUsage: Double?
    /// How many requests have lost their place in the cache since the server began; nil where it is not told.
    public var preemptions: Int?

    init(running: Int, waiting: Int, cacheUsage: Double? = nil, preemptions: Int? = nil) {
        self.running = running
        self.waiting = waiting
        self.cacheUsage = cacheUsage
        self.preemptions = preemptions
    }

    /// Several servers as one: the fullest cache counts, because it is the first to thrash.
    ///
    /// - Returns: nil of none.
    init?(_ loads: [ServerLoad]) {
        guard !loads.isEmpty else { return nil }
        running = loads.reduce(0) { $0 + $1.running }
        waiting = loads.reduce(0) { $0 + $1.waiting }
        cacheUsage = loads.compactMap(\.cacheUsage).max()
        let preemptions = loads.compactMap(\.preemptions)
        self.preemptions = preemptions.isEmpty ? nil : preemptions.reduce(0, +)
    }
}

extension ServerLoad {
    /// What each kind of server calls it.
    private static let runningNames: Set<Substring> = [
        "vllm:num_requests_running", "sglang:num_running_reqs", "whet_num_requests_running",
        "llamacpp:requests_processing",
    ]
    private static let waitingNames: Set<Substring> = [
        "vllm:num_requests_waiting", "sglang:num_queue_reqs", "whet_num_requests_waiting", "llamacpp:requests_deferred",
    ]
    private static let cacheNames: Set<Substring> = [
        "vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc", "sglang:token_usage", "whet_kv_cache_usage_perc",
        "llamacpp:kv_cache_usage_ratio",
    ]
    /// Counters; `sglang:num_retracted_reqs` is a gauge of the last batch, and none of them.
    private static let preemptionNames: Set<Substring> = [
        "vllm:num_preemptions_total", "sglang:num_retracted_requests_total",
    ]

    /// Reads Prometheus' text format.
    ///
    /// - Parameter text: of `/metrics`. Engines of one server (data parallel) are added up; ranks that repeat what the
    ///   first says are not.
    /// - Returns: nil when it does not tell how many requests run.
    init?(metrics text: String) {
        var running: Double?
        var waiting: Double?
        var cache: Double?
        var preemptions: Double?
        for line in text.split(whereSeparator: \.isNewline) {
            guard let (name, labels, value) = ServerLoad.sample(line), value.isFinite, value >= 0 else { continue }
            guard !ServerLoad.isRepetition(labels) else { continue }
            if ServerLoad.runningNames.contains(name) {
                running = (running ?? 0) + value
            } else if ServerLoad.waitingNames.contains(name) {
                waiting = (waiting ?? 0) + value
            } else if ServerLoad.cacheNames.contains(name) {
                cache = max(cache ?? 0, value)
            } else if ServerLoad.preemptionNames.contains(name) {
                preemptions = (preemptions ?? 0) + value
            }
        }
        guard let running = running.flatMap({ Int(exactly: $0.rounded()) }) else { return nil }
        self.init(
            running: running, waiting: waiting.flatMap { Int(exactly: $0.rounded()) } ?? 0, cacheUsage: cache,
            preemptions: preemptions.flatMap { Int(exactly: $0.rounded()) })
    }

    /// `name{labels} value [time]`; nil for comments and what is none.
    private static func sample(_ line: Substring) -> (name: Substring, labels: Substring, value: Double)? {
        guard line.first != "#" else { return nil }
        let name = line.prefix { $0 != "{" && $0 != " " }
        var rest = line.dropFirst(name.count)
        var labels: Substring = ""
        if rest.first == "{" {
            guard let end = rest.lastIndex(of: "}") else { return nil }
            labels = rest[rest.startIndex...end]
            rest = rest[rest.index(after: end)...]
        }
        guard let value = rest.split(separator: " ").first.flatMap({ Double($0) }) else { return nil }
        return (name, labels, value)
    }

    /// A tensor- or pipeline-parallel rank above 0 tells what rank 0 tells.
    private static func isRepetition(_ labels: Substring) -> Bool {
        ["tp_rank=\"", "pp_rank=\""].contains { labels.contains($0) && !labels.contains("\($0)0\"") }
    }
}
