/// Aborts that came before their request: the two may travel on different connections.
///
/// Keeps: an abort meets at most one request of exactly its id. An abort of a request that has just ended is forgotten,
/// so that a later request may use the id again.
struct LateAborts {
    private var pending = RecentNames(capacity: 1_024)
    private var ended = RecentNames(capacity: 8_192)

    /// An abort that met nothing.
    mutating func missed(_ id: String) {
        if !ended.contains(id) { pending.insert(id) }
    }

    /// Whether an abort was waiting for this id.
    mutating func claim(_ id: String) -> Bool { pending.remove(id) }

    mutating func ended(_ id: String) { ended.insert(id) }
}

/// The last so many names.
private struct RecentNames {
    private var names: Set<String> = []
    private var ring: [String] = []
    private var next = 0
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    func contains(_ name: String) -> Bool { names.contains(name) }

    mutating func insert(_ name: String) {
        guard names.insert(name).inserted else { return }
        if ring.count < capacity {
            ring.append(name)
        } else {
            names.remove(ring[next])
            ring[next] = name
            next = (next + 1) % capacity
        }
    }

    mutating func remove(_ name: String) -> Bool { names.remove(name) != nil }
}
