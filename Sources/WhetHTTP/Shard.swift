internal import CCurl

/// One of libcurl's multi handles with the connections of at most `capacity` transfers to one host.
///
/// curl walks through all of a host's connections whenever it looks for a free one; with ten thousand under one handle
/// that walk is what costs most, so they are dealt out among many handles.
final class Shard: LoopTimer {
    static let capacity = 128

    let multi: UnsafeMutableRawPointer
    unowned let host: Host
    unowned let loop: EventLoop
    /// Slots made so far, busy or free; they belong to the shard because curl needs them until it is cleaned up.
    private(set) var slots: [Slot] = []
    /// Whether it stands in the loop's lists of shards that have to be run, and looked at.
    var isDue = false
    var isTouched = false

    /// - Throws: `HTTPError.Reason` when curl has no memory or descriptors.
    init(host: Host, loop: EventLoop) throws(HTTPError.Reason) {
        guard let multi = curl_multi_init() else { throw .tooManyOpenFiles(limit: OpenFileLimit.current) }
        self.multi = multi
        self.host = host
        self.loop = loop
        super.init()
        let here = Unmanaged.passUnretained(self).toOpaque()
        whet_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, here)
        whet_multi_set_watch(multi, watchSocket)
        whet_multi_set_pointer(multi, CURLMOPT_TIMERDATA, here)
        whet_multi_set_timer(multi, setTimer)
        whet_multi_set_long(multi, CURLMOPT_MAXCONNECTS, Shard.capacity)
    }

    deinit {
        for slot in slots where slot.transfer != nil { _ = slot.stop() }
        slots = []
        curl_multi_cleanup(multi)
    }

    func makeSlot() throws(HTTPError.Reason) -> Slot {
        let slot = try Slot(shard: self, loop: loop, isLoopback: host.isLoopback)
        slots.append(slot)
        return slot
    }

    override func fire(on loop: EventLoop) { loop.run(self) }

    /// The next transfer that curl is done with.
    func nextFinished() -> (slot: Slot, code: CURLcode)? {
        var code = CURLE_OK
        guard let easy = whet_multi_next_finished(multi, &code), let context = whet_easy_context(easy) else {
            return nil
        }
        return (Unmanaged<Slot>.fromOpaque(context).takeUnretainedValue(), code)
    }
}

private let watchSocket: whet_curl_watch = { _, socket, what, context, _ in
    guard let context else { return 0 }
    let shard = Unmanaged<Shard>.fromOpaque(context).takeUnretainedValue()
    var interest: Poller.Interest = []
    if what == CURL_POLL_IN || what == CURL_POLL_INOUT { interest.insert(.read) }
    if what == CURL_POLL_OUT || what == CURL_POLL_INOUT { interest.insert(.write) }
    shard.loop.watch(socket, interest, for: shard)
    return 0
}

private let setTimer: whet_curl_timer = { _, milliseconds, context in
    guard let context else { return 0 }
    let shard = Unmanaged<Shard>.fromOpaque(context).takeUnretainedValue()
    shard.loop.setTimer(of: shard, milliseconds: milliseconds)
    return 0
}
