/// Which sockets the poller watches, and for which shard.
///
/// Keeps: a socket of a connection stays registered for reading between two requests, which saves two system calls a
/// request; if something happens on it then (the server closed it), it is taken out, and curl finds out when it next
/// wants it.
struct SocketTable {
    private struct Entry {
        unowned(unsafe) var shard: Shard?
        var registered: Poller.Interest = []
        var wanted: Poller.Interest = []
        /// Whether `forget` will be called for it. For curl's own pipes it is not, so they are never left registered.
        var isConnection = false
    }

    private var entries: [Entry] = []

    mutating func open(_ socket: Int32) {
        grow(to: socket)
        entries[Int(socket)] = Entry(isConnection: true)
    }

    /// The system itself takes a closed socket out of the poller.
    mutating func forget(_ socket: Int32) {
        grow(to: socket)
        entries[Int(socket)] = Entry()
    }

    mutating func watch(_ socket: Int32, _ interest: Poller.Interest, for shard: Shard, with poller: Poller) {
        grow(to: socket)
        let index = Int(socket)
        entries[index].shard = shard
        entries[index].wanted = interest
        let registered = entries[index].registered
        if registered == interest { return }
        if interest.isEmpty {
            if entries[index].isConnection, registered == .read { return }
            poller.remove(socket)
        } else if registered.isEmpty {
            poller.add(socket, interest)
        } else {
            poller.change(socket, interest)
        }
        entries[index].registered = interest
    }

    /// The shard that waits for this socket; if none does, the socket is watched no longer.
    mutating func shard(of socket: Int32, with poller: Poller) -> Shard? {
        guard entries.indices.contains(Int(socket)) else { return nil }
        guard entries[Int(socket)].wanted.isEmpty else { return entries[Int(socket)].shard }
        poller.remove(socket)
        entries[Int(socket)].registered = []
        return nil
    }

    private mutating func grow(to socket: Int32) {
        while entries.count <= Int(socket) { entries.append(Entry()) }
    }
}
