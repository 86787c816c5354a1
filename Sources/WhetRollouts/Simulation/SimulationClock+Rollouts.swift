/// A group of simulated rollouts.
struct SimulatedGroup: Sendable {
    var members: [SimulatedRollout]
    var isDropped = false

    init(size: Int) { members = Array(repeating: SimulatedRollout(), count: size) }
}

/// How far a simulated rollout has come.
struct SimulatedRollout: Sendable {
    enum State: Sendable { case idle, decoding, waiting }

    var state = State.idle
    /// Counts plays, so that an event of an earlier one can be told.
    var ticket = 0
    var turns: [SimulatedWorkload.Turn] = []
    var turn = 0
    /// Of the present turn.
    var tokens = 0
    /// Of all turns.
    var generated = 0
    var spans: [(version: Int, tokens: Int)] = []
    var resumes = 0
    /// When the tool that was called last answers.
    var toolEnd = 0.0
    var endedAt = 0.0
    /// Where it was decoded last, under which version, and how many of its tokens that server has in its cache.
    var server: Int?
    var cachedVersion = -1
    var cachedTokens = 0

    mutating func add(_ count: Int, version: Int) {
        guard count > 0 else { return }
        generated += count
        tokens += count
        if let last = spans.indices.last, spans[last].version == version {
            spans[last].tokens += count
        } else {
            spans.append((version, count))
        }
    }
}

extension SimulationClock {
    mutating func begin(_ member: Member) {
        update(member) { rollout in
            rollout.ticket += 1
            rollout.state = .waiting
        }
        guard let rollout = groups[member.group]?.members[member.index] else { return }
        if rollout.turns.isEmpty {
            let turns = settings.workload.episode(member)
            update(member) { $0.turns = turns }
        }
        if rollout.toolEnd > now {
            plan(.tool(member, ticket: rollout.ticket), after: rollout.toolEnd - now)
        } else {
            decode(member)
        }
    }

    /// Sends the present turn, from where it stands, to a server: its last one, which has it in its cache, unless that
    /// is full; else the one with the fewest requests.
    mutating func decode(_ member: Member) {
        guard let rollout = groups[member.group]?.members[member.index] else { return }
        let last = rollout.server.flatMap { servers[$0].requestCount < servers[$0].slots ? $0 : nil }
        let server = last ?? servers.indices.min { servers[$0].requestCount < servers[$1].requestCount } ?? 0
        let context = settings.workload.promptTokens + rollout.generated
        let isCached = rollout.server == server && rollout.cachedVersion == scheduler.version
        let prefill = context - (isCached ? min(context, rollout.cachedTokens) : 0)
        servers[server].submit(
            member, tokens: rollout.turns[rollout.turn].tokens - rollout.tokens, prefill: prefill, at: now)
        touch(server)
        let version = scheduler.version
        update(member) { rollout in
            rollout.state = .decoding
            rollout.server = server
            rollout.cachedVersion = version
            rollout.cachedTokens = context
        }
    }

    mutating func turnEnded(_ member: Member) {
        guard let rollout = groups[member.group]?.members[member.index] else { return }
        let turn = rollout.turns[rollout.turn]
        sampled(turn.tokens - rollout.tokens, by: member)
        let isLast = rollout.turn + 1 == rollout.turns.count
        let end = now + turn.toolSeconds
        update(member) { rollout in
            rollout.turn += 1
            rollout.tokens = 0
            rollout.state = isLast ? .idle : .waiting
            rollout.toolEnd = end
        }
        if isLast {
            ended(member, .finished)
        } else {
            plan(.tool(member, ticket: rollout.ticket), after: turn.toolSeconds)
        }
    }

    /// A tool that is at work finishes, and is not asked again.
    mutating func interrupt(_ member: Member) {
        guard let rollout = groups[member.group]?.members[member.index] else { return }
        if rollout.state == .decoding, let server = rollout.server {
            sampled(servers[server].abort(member, at: now), by: member)
            touch(server)
        }
        update(member) { rollout in
            rollout.state = .idle
            rollout.resumes += 1
        }
        ended(member, .interrupted)
    }

    private mutating func ended(_ member: Member, _ end: Scheduler.End) {
        let (time, oldest) = (now, groups[member.group]?.members[member.index].spans.first?.version)
        update(member) { $0.endedAt = time }
        scheduler.ended(member, end, oldest: oldest)
        if end == .finished { judge() }
    }

    private mutating func judge() {
        for number in scheduler.awaitingJudgment {
            let isKept = settings.workload.isKept(number)
            scheduler.judged(number, isKept: isKept)
            report.mostReady = max(report.mostReady, scheduler.readyCount)
            guard !isKept, let group = groups.removeValue(forKey: number) else { continue }
            report.filteredGroups += 1
            report.filteredTokens += group.members.reduce(0) { $0 + $1.generated }
        }
    }

    private mutating func sampled(_ tokens: Int, by member: Member) {
        let version = scheduler.version
        report.generatedTokens += tokens
        if groups[member.group]?.isDropped == true { report.droppedTokens += tokens }
        update(member) { rollout in
            rollout.add(tokens, version: version)
            rollout.cachedTokens += tokens
        }
    }

    mutating func restart(_ member: Member) {
        report.restarts += 1
        report.restartedTokens += groups[member.group]?.members[member.index].generated ?? 0
        update(member) { rollout in
            let ticket = rollout.ticket
            rollout = SimulatedRollout()
            rollout.ticket = ticket
        }
    }

    /// Members in flight still end, so the group stays for their sake.
    mutating func drop(_ number: Int) {
        guard let group = groups[number] else { return }
        report.droppedGroups += 1
        report.droppedTokens += group.members.reduce(0) { $0 + $1.generated }
        groups[number]?.isDropped = true
    }

    /// Counts what the trainer gets.
    ///
    /// - Returns: its tokens.
    mutating func train(_ numbers: [Int]) -> Int {
        report.batches += 1
        report.groups += numbers.count
        var trained = 0
        for member in numbers.compactMap({ groups.removeValue(forKey: $0) }).flatMap(\.members) {
            trained += member.generated
            report.rollouts += 1
            report.resumes += member.resumes
            report.mostResumes = max(report.mostResumes, member.resumes)
            report.waitSeconds += now - member.endedAt
            for span in member.spans {
                let lag = version - span.version
                report.lag += lag * span.tokens
                report.greatestLag = max(report.greatestLag, lag)
                if lag > 0 { report.offPolicyTokens += span.tokens }
            }
        }
        report.tokens += trained
        return trained
    }

    private mutating func update(_ member: Member, _ change: (inout SimulatedRollout) -> Void) {
        guard let place = groups.index(forKey: member.group) else { return }
        change(&groups.values[place].members[member.index])
    }
}
