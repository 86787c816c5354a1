internal import CCurl
import WhetCore

#if canImport(Glibc)
    import Glibc
#endif

/// Waits until one of many sockets has something to read or room to write: Linux's epoll, level-triggered. The one file
/// that another system's way of waiting would stand behind.
///
/// Keeps: all but `wake` is called on one thread.
package final class Poller: @unchecked Sendable {
    // Unchecked because it wraps file descriptors, which the system itself guards.
    package struct Interest: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let read = Interest(rawValue: 1)
        package static let write = Interest(rawValue: 2)
        /// Reported only: the other end is gone, or the socket is broken.
        package static let hangUp = Interest(rawValue: 4)
    }

    private let queue: Int32
    private let wakeUp: Int32
    private var events = [epoll_event](repeating: epoll_event(), count: 512)

    /// - Throws: `WhetError` when the system has no descriptors left.
    package init() throws {
        queue = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard queue >= 0, wakeUp >= 0 else {
            throw WhetError("cannot wait for sockets: \(String(cString: strerror(errno)))", remedy: "raise ulimit -n")
        }
        add(wakeUp, .read)
    }

    deinit {
        close(queue)
        close(wakeUp)
    }

    package func add(_ socket: Int32, _ interest: Interest) { control(EPOLL_CTL_ADD, socket, interest) }
    package func change(_ socket: Int32, _ interest: Interest) { control(EPOLL_CTL_MOD, socket, interest) }
    package func remove(_ socket: Int32) { control(EPOLL_CTL_DEL, socket, []) }

    private func control(_ operation: Int32, _ socket: Int32, _ interest: Interest) {
        var event = epoll_event()
        if interest.contains(.read) { event.events |= EPOLLIN.rawValue }
        if interest.contains(.write) { event.events |= EPOLLOUT.rawValue }
        event.data.fd = socket
        // A socket that closed itself a moment ago is no longer known; nothing is lost by that.
        _ = epoll_ctl(queue, operation, socket, &event)
    }

    /// Waits at most so long (negative: until something happens) and reports every socket that is ready.
    package func wait(milliseconds: Int32, _ body: (_ socket: Int32, _ ready: Interest) -> Void) {
        let count = epoll_wait(queue, &events, Int32(events.count), milliseconds)
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let event = events[index]
            let socket = event.data.fd
            if socket == wakeUp {
                var ticks: UInt64 = 0
                _ = read(wakeUp, &ticks, 8)
                continue
            }
            var ready: Interest = []
            if event.events & EPOLLIN.rawValue != 0 { ready.insert(.read) }
            if event.events & EPOLLOUT.rawValue != 0 { ready.insert(.write) }
            if event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { ready.insert(.hangUp) }
            body(socket, ready)
        }
        if Int(count) == events.count, events.count < 8192 {
            events = [epoll_event](repeating: epoll_event(), count: events.count * 2)
        }
    }

    /// Ends a `wait` that is going on or comes next. From any thread.
    package func wake() {
        var one: UInt64 = 1
        _ = write(wakeUp, &one, 8)
    }
}

/// Nanoseconds of a clock that never goes back.
package func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
