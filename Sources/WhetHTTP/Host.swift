import DequeModule

/// The requests to one scheme, name and port: those under way, and those that wait for a connection.
///
/// Keeps: at most `maximumConnectionsPerHost` under way and `maximumConnectingPerHost` of them without a connection
/// yet; first come, first served.
final class Host {
    let isLoopback: Bool
    private unowned let loop: EventLoop
    private var shards: [Shard] = []
    /// Last used first, so that few connections are kept busy rather than many kept open.
    private var free: [Slot] = []
    private var waiting: Deque<Transfer> = []
    private var running = 0
    private var connecting = 0
    /// Whether it stands in the loop's list of hosts that may have something to start.
    var isReady = false

    init(_ endpoint: HTTPEndpoint, loop: EventLoop) {
        isLoopback = endpoint.isLoopback
        self.loop = loop
    }

    func enqueue(_ transfer: Transfer) { waiting.append(transfer) }

    /// Starts what may start. Not from within one of curl's callbacks.
    func startWaiting() {
        while running < loop.configuration.maximumConnectionsPerHost,
            connecting < loop.configuration.maximumConnectingPerHost, let transfer = waiting.popFirst()
        {
            guard case .waiting = transfer.phase else { continue }  // cancelled, or too late, in the queue
            do {
                let slot = try freeSlot()
                transfer.phase = .running(slot)
                running += 1
                connecting += 1
                slot.start(transfer)
            } catch {
                loop.finish(transfer, error)
            }
        }
    }

    func didConnect() { connecting -= 1 }

    /// Takes back the slot of a transfer that ended.
    func release(_ slot: Slot, wasConnected: Bool) {
        running -= 1
        if !wasConnected { connecting -= 1 }
        free.append(slot)
    }

    private func freeSlot() throws(HTTPError.Reason) -> Slot {
        if let slot = free.popLast() { return slot }
        if let last = shards.last, last.slots.count < Shard.capacity { return try last.makeSlot() }
        let shard = try Shard(host: self, loop: loop)
        shards.append(shard)
        return try shard.makeSlot()
    }
}
