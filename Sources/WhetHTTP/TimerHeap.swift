/// Something that wants to be called at a time. Lives in one `TimerHeap` at most.
class LoopTimer {
    /// Nanoseconds of the monotonic clock.
    fileprivate(set) var deadline: Int64 = .max
    fileprivate var index = -1

    /// Called on the loop's thread once the deadline is past; the timer is out of the heap then.
    func fire(on loop: EventLoop) {}
}

/// Timers ordered by deadline: a binary heap in which every timer knows its place, so that it can be moved and removed.
///
/// Keeps: no timer's deadline is before its parent's; `timers[t.index] === t` for every timer `t` in it.
struct TimerHeap {
    private var timers: [LoopTimer] = []

    var earliest: Int64? { timers.first?.deadline }
    var count: Int { timers.count }

    /// Sets or moves a timer; nil takes it out.
    mutating func schedule(_ timer: LoopTimer, at deadline: Int64?) {
        guard let deadline, deadline != .max else { return remove(timer) }
        timer.deadline = deadline
        if timer.index < 0 {
            timer.index = timers.count
            timers.append(timer)
        }
        settle(timer.index)
    }

    /// Takes out the earliest timer if it is due.
    mutating func popDue(at now: Int64) -> LoopTimer? {
        guard let first = timers.first, first.deadline <= now else { return nil }
        remove(first)
        return first
    }

    private mutating func remove(_ timer: LoopTimer) {
        let index = timer.index
        guard index >= 0 else { return }
        timer.index = -1
        let last = timers.removeLast()
        guard last !== timer else { return }
        timers[index] = last
        last.index = index
        settle(index)
    }

    /// Moves the timer at `index` up or down to where it belongs.
    private mutating func settle(_ index: Int) {
        var index = index
        let timer = timers[index]
        while index > 0 {
            let parent = (index - 1) / 2
            guard timer.deadline < timers[parent].deadline else { break }
            put(timers[parent], at: index)
            index = parent
        }
        while true {
            var child = 2 * index + 1
            guard child < timers.count else { break }
            if child + 1 < timers.count, timers[child + 1].deadline < timers[child].deadline { child += 1 }
            guard timers[child].deadline < timer.deadline else { break }
            put(timers[child], at: index)
            index = child
        }
        put(timer, at: index)
    }

    private mutating func put(_ timer: LoopTimer, at index: Int) {
        timers[index] = timer
        timer.index = index
    }
}
