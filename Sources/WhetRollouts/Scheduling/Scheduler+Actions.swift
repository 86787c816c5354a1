/// What a scheduler decides.
extension Scheduler {
    /// What is to be done now. Empty when only events can bring it further.
    public mutating func nextActions() -> [Action] {
        deliverIfReady()
        publishIfPossible()
        if mayStart {
            openMissing()
            startWaiting()
        }
        defer { pending.removeAll(keepingCapacity: true) }
        return pending
    }

    private var mayStart: Bool {
        guard !isClosing, !isStopping, publication != .underWay else { return false }
        if publication == .prepared, settings.mode.publication == .interrupting { return false }
        return isDemanded || (wasDemanded && settings.mode.playsWhileTraining)
    }

    private mutating func deliverIfReady() {
        guard isDemanded, unjudged.isEmpty else { return }
        let size = batchSize
        guard ready.count >= size else { return }
        dropStale()
        guard ready.count >= size else { return }
        if settings.mode.stopsWhenBatchIsReady {
            if !isStopping {
                isStopping = true
                let most = settings.bound.excess == .mask ? settings.bound.resumes : nil
                abortAll { rollout in most.map { rollout.resumes >= $0 } ?? false }
            }
            guard inFlight.isEmpty else { return }
        }
        ready.sort()
        let batch = Array(ready.prefix(max(size, min(settings.groupsPerStep, ready.count))))
        ready.removeFirst(batch.count)
        for number in batch { groups[number] = nil }
        isDemanded = false
        isStopping = false
        filtered = 0
        delivered += 1
        pending.append(.deliver(batch))
    }

    /// Groups that became too old while they waited.
    private mutating func dropStale() {
        guard settings.bound.excess != .mask, settings.bound.versions != nil else { return }
        for number in ready {
            let oldest = groups[number]?.members.compactMap(\.oldest).min()
            guard let reason = settings.bound.excess(oldest: oldest, resumes: 0, at: version) else { continue }
            groups[number] = nil
            pending.append(.drop(number, reason: reason))
        }
        ready.removeAll { groups[$0] == nil }
    }

    private mutating func publishIfPossible() {
        guard publication == .prepared else { return }
        switch settings.mode.publication {
        case .interrupting:
            abortAll()
            guard inFlight.isEmpty else { return }
        case .playedOut:
            guard inFlight.isEmpty, opening == 0, unjudged.isEmpty else { return }
            if mayStart, !fresh.isEmpty || !interrupted.isEmpty || missing > 0 { return }
        }
        publication = .underWay
        pending.append(.publish)
    }

    /// How many groups the mode would open now.
    private var missing: Int {
        let view = view
        let shortage = settings.groupsPerStep - batchSize
        return settings.mode.groups(view) - shortage - view.ready - view.open
    }

    private mutating func openMissing() {
        let count = missing
        guard count > 0 else { return }
        opening += count
        if settings.mode.opensOneByOne {
            pending += repeatElement(.open(1), count: count)
        } else {
            pending.append(.open(count))
        }
    }

    private mutating func startWaiting() {
        while inFlight.count < slots, let member = next() {
            guard var group = groups[member.group], !group.isDropped else { continue }
            if let reason = settings.bound.excess(
                oldest: group.members[member.index].oldest, resumes: group.members[member.index].resumes, at: version)
            {
                switch settings.bound.excess {
                case .mask: break
                case .restart:
                    group.members[member.index] = Rollout()
                    pending.append(.restart(member, reason: reason))
                case .drop:
                    drop(member.group, reason: reason)
                    continue
                }
            }
            group.members[member.index].state = .inFlight
            groups[member.group] = group
            inFlight.insert(member)
            pending.append(.start(member))
        }
    }

    private mutating func drop(_ number: Int, reason: String) {
        guard var group = groups[number] else { return }
        openCount -= 1
        let flying = group.members.indices.filter { group.members[$0].state == .inFlight }
        group.isDropped = true
        groups[number] = flying.isEmpty ? nil : group
        for index in flying {
            let member = Member(group: number, index: index)
            if aborting.insert(member).inserted { pending.append(.abort(member)) }
        }
        pending.append(.drop(number, reason: reason))
    }

    /// Interrupted rollouts first, the oldest of them first; then new ones in order.
    private mutating func next() -> Member? {
        if !interruptedIsSorted {
            interrupted.sort(by: >)
            interruptedIsSorted = true
        }
        return interrupted.popLast() ?? fresh.popFirst()
    }
}
