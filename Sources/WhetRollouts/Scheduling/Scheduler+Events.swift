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

    /// Play ahead though nobody waits for a batch yet, where the mode plays while the trainer works: as after a batch that
    /// was handed over before this start.
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
            case .interrupted: wait(member)
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

    /// A play has ended.
    ///
    /// - Parameter oldest: the version of the rollout's oldest token; nil if it has none.
    public mutating func ended(_ member: Member, _ end: End, oldest: Int?) {
        inFlight.remove(member)
        aborting.remove(member)
        guard var group = groups[member.group] else { return }
        group.members[member.index].oldest = oldest
        switch end {
        case .finished:
            group.members[member.index].state = .ended
            group.left -= 1
        case .interrupted:
            group.members[member.index].state = .waiting
            group.members[member.index].resumes += 1
        }
        groups[member.group] = group
        if group.isDropped {
            if !group.members.contains(where: { $0.state == .inFlight }) { groups[member.group] = nil }
        } else if group.left == 0 {
            complete(member.group)
        } else if end == .interrupted {
            wait(member)
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

    mutating func wait(_ member: Member) {
        interrupted.append(member)
        interruptedIsSorted = false
    }

    mutating func abortAll(but isSpared: (Rollout) -> Bool = { _ in false }) {
        for member in inFlight.subtracting(aborting).sorted() {
            if let rollout = groups[member.group]?.members[member.index], isSpared(rollout) { continue }
            aborting.insert(member)
            pending.append(.abort(member))
        }
    }
}
