/// What a scheduler is told.
extension Scheduler {
    /// How a play ended.
    public enum End: Hashable, Sendable {
        /// For good, with a score or without.
        case finished
        /// Interrupted, to go on later.
        case interrupted
    }

    /// The trainer waits for its next batch.
    public mutating func demand() {
        isDemanded = true
        wasDemanded = true
    }

    /// Play ahead though nobody waits for a batch yet, where the mode plays while the trainer works: as after a batch
    /// that was handed over before this start.
    public mutating func playAhead() { wasDemanded = true }

    /// Groups that `open` asked for, or that an earlier start left.
    ///
    /// - Parameters:
    ///   - number: of the group; larger than those opened before, but for what an earlier start left.
    ///   - members: what is there of each member: nil for nothing.
    public mutating func opened(_ number: Int, members: [Known?] = []) {
        opening = max(0, opening - 1)
        var group = Group(members: Array(repeating: Rollout(), count: settings.groupSize), left: settings.groupSize)
        for index in 0..<settings.groupSize {
            let known = index < members.count ? members[index] : nil
            let member = Member(group: number, index: index)
            group.members[index].oldest = known?.oldest
            group.members[index].resumes = known?.resumes ?? 0
            switch known?.end {
            case .finished:
                group.members[index].state = .ended
                group.left -= 1
            case .interrupted: interrupted.insert(member)
            case nil: fresh.append(member)
            }
        }
        groups[number] = group
        openCount += 1
        if group.left == 0 { complete(number) }
    }

    /// What an earlier start left of a rollout.
    public struct Known: Hashable, Sendable {
        public var end: End
        public var oldest: Int?
        public var resumes: Int

        public init(end: End, oldest: Int?, resumes: Int) {
            self.end = end
            self.oldest = oldest
            self.resumes = resumes
        }
    }

    /// A play has ended; of a rollout that is not in flight, nothing comes of it.
    ///
    /// - Parameter oldest: the version of the rollout's oldest token; nil if it has none.
    public mutating func ended(_ member: Member, _ end: End, oldest: Int?) {
        guard inFlight.remove(member) != nil else { return }
        aborting.remove(member)
        // By its place, so that the group changes where it lies.
        guard let place = groups.index(forKey: member.group) else { return }
        groups.values[place].members[member.index].oldest = oldest
        switch end {
        case .finished:
            groups.values[place].members[member.index].state = .ended
            groups.values[place].left -= 1
        case .interrupted:
            groups.values[place].members[member.index].state = .waiting
            groups.values[place].members[member.index].resumes += 1
        }
        if groups.values[place].isDropped {
            let isFlying = groups.values[place].members.contains { $0.state == .inFlight }
            if !isFlying { groups[member.group] = nil }
        } else if groups.values[place].left == 0 {
            complete(member.group)
        } else if end == .interrupted {
            interrupted.insert(member)
        }
    }

    /// Whether a complete group is trained on.
    public mutating func judged(_ number: Int, isKept: Bool) {
        guard unjudged.remove(number) != nil else { return }
        if isKept {
            ready.append(number)
        } else {
            filtered += 1
            groups[number] = nil
        }
    }

    /// Groups whose every member has ended and for which `judged` is awaited.
    public var awaitingJudgment: [Int] { unjudged.sorted() }

    /// New weights wait to be published: `publish` comes once they may be.
    public mutating func preparePublication() { publication = .prepared }

    /// The servers have the weights of `version`.
    public mutating func published(_ version: Int) {
        self.version = version
        publication = .none
    }

    /// How many may be in flight from now on; those beyond it play to their ends.
    public mutating func allow(slots: Int) { self.slots = max(1, slots) }

    /// The end of the run, or of this start: everything in flight is interrupted, and nothing starts any more.
    public mutating func close() {
        isDemanded = false
        wasDemanded = false
        isClosing = true
        abortAll()
    }

    private mutating func complete(_ number: Int) {
        openCount -= 1
        unjudged.insert(number)
    }

    mutating func abortAll(but isSpared: (Rollout) -> Bool = { _ in false }) {
        guard aborting.count < inFlight.count else { return }
        for member in inFlight.subtracting(aborting).sorted() {
            if let rollout = groups[member.group]?.members[member.index], isSpared(rollout) { continue }
            aborting.insert(member)
            pending.append(.abort(member))
        }
    }
}
