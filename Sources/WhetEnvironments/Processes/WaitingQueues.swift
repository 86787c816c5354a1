/// What waits for a worker: a queue for each kind of request.
///
/// Keeps: `next` begins with what has waited longest; within a kind the order is that in which it came.
struct WaitingQueues {
    struct Entry {
        let ticket: Int
        let item: [UInt8]
    }

    private struct Queue {
        var entries: [Entry] = []
        /// Those before it are gone.
        var head = 0

        var waiting: ArraySlice<Entry> { entries[head...] }

        mutating func removeFirst() -> Entry {
            defer {
                head += 1
                // Moved now and then, so that taking one costs nothing on average.
                if head > 64, head > entries.count / 2 {
                    entries.removeFirst(head)
                    head = 0
                }
            }
            return entries[head]
        }
    }

    private var queues: [WorkerRequest: Queue] = [:]
    /// Of those that are wanted and those that are not.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ ticket: Int, _ item: [UInt8], to request: WorkerRequest) {
        queues[request, default: Queue()].entries.append(Entry(ticket: ticket, item: item))
        count += 1
    }

    /// Takes up to `limit` of the kind whose first has waited longest; nil when nothing wanted waits.
    mutating func next(_ limit: Int, where isWanted: (Int) -> Bool) -> (WorkerRequest, [Entry])? {
        removeLeading { !isWanted($0) }
        guard
            let request = queues.min(by: {
                $0.value.waiting[$0.value.head].ticket < $1.value.waiting[$1.value.head].ticket
            })?.key
        else { return nil }
        var taken: [Entry] = []
        while taken.count < limit, let entry = removeFirst(of: request) {
            if isWanted(entry.ticket) { taken.append(entry) }
        }
        return (request, taken)
    }

    /// Forgets those at the head of each queue that nobody waits for any more.
    mutating func removeLeading(where isUnwanted: (Int) -> Bool) {
        for request in Array(queues.keys) {
            while let first = queues[request]?.waiting.first, isUnwanted(first.ticket) { _ = removeFirst(of: request) }
        }
    }

    /// - Returns: the tickets of all that waited.
    mutating func removeAll() -> [Int] {
        defer { self = WaitingQueues() }
        return queues.values.flatMap { $0.waiting.map(\.ticket) }
    }

    private mutating func removeFirst(of request: WorkerRequest) -> Entry? {
        guard let entry = queues[request]?.removeFirst() else { return nil }
        count -= 1
        if queues[request]?.waiting.isEmpty == true { queues[request] = nil }
        return entry
    }
}
