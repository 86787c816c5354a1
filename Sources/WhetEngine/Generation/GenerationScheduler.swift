import WhetCore

/// Decides, step by step, which requests a decoder works on. Confined to the engine's thread; needs no clock.
///
/// Keeps:
/// - Requests are let in in the order in which they came, and join and leave between steps only.
/// - Those that are running never lose their caches: what they may come to need is reserved when they are let in.
/// - All tokens of a batch are sampled by one version. New weights wait: nothing more is let in but the rest of batches
///   that have begun, those that run end, every cache is dropped, the weights change, and then the queue goes on.
/// - What comes of a request depends on the request and the version alone.
final class GenerationScheduler<Session: DecodingSession> {
    /// New weights that wait for running requests to end.
    struct Update {
        let model: Model
        let version: PolicyVersion
        let applied: @Sendable () -> Void
    }

    let session: Session
    let settings: GenerationEngine.Settings
    let context: Int
    let endTokens: Set<Int32>
    let bytes: GenerationEngine.TokenBytes

    var running: [RunningGeneration<Session>] = []
    var waiting: [RunningGeneration<Session>] = []
    var retained: RetainedCaches<Session>
    private var updates: [Update] = []
    private var ranking = TokenRanking()
    private var reservedTokens = 0
    private var counters = GenerationEngine.Statistics()
    var lateAborts = LateAborts()

    init(
        session: Session, settings: GenerationEngine.Settings, version: PolicyVersion, context: Int,
        endTokens: Set<Int32>, bytes: @escaping GenerationEngine.TokenBytes
    ) {
        self.session = session
        self.settings = settings
        self.context = context
        self.endTokens = endTokens
        self.bytes = bytes
        retained = RetainedCaches(capacity: settings.sharesPrefixes ? settings.maximumRetained : 0)
        counters.version = version
    }

    /// Whether a step would do anything.
    var hasWork: Bool { !running.isEmpty || !waiting.isEmpty || !updates.isEmpty }

    var statistics: GenerationEngine.Statistics {
        var statistics = counters
        statistics.running = running.count
        statistics.waiting = waiting.count
        statistics.cachedTokens = session.cachedTokens
        return statistics
    }

    /// Queues requests: all of them, or none if there is no room for all.
    func submit(_ batch: SubmittedBatch) {
        let taken = running.count + waiting.count + batch.submissions.count
        guard taken <= settings.maximumRunning + settings.maximumWaiting else {
            counters.refused += batch.submissions.count
            let refusal = GenerationEngine.Refusal.queueIsFull(waiting: waiting.count)
            return batch.submissions.forEach { $0.deliver(.failed(refusal)) }
        }
        for submission in batch.submissions {
            let generation = RunningGeneration<Session>(
                submission, ticket: batch.ticket, context: context, endTokens: endTokens, bytes: bytes)
            if batch.ticket.isCancelled || lateAborts.claim(submission.request.id) {
                finish(generation, .abort)
            } else {
                waiting.append(generation)
            }
        }
    }

    /// Changes the weights as soon as nothing runs on the old ones.
    func update(_ update: Update) { updates.append(update) }

    /// One step: lets requests in, reads prompts, samples a token for every request that has read its own.
    func step() {
        applyUpdates()
        admit()
        let (entries, stepping) = compose()
        guard !entries.isEmpty else { return }
        counters.steps += 1
        let logits = session.step(entries)
        let vocabulary = logits.count / entries.count
        var hasEnded = false
        for (row, generation) in stepping.enumerated() where generation.hasReadPrompt {
            let rowLogits = UnsafeBufferPointer(rebasing: logits[row * vocabulary..<(row + 1) * vocabulary])
            do throws(WhetError) {
                let end = try generation.advance(rowLogits, ranking: &ranking)
                counters.generatedTokens += 1
                guard let end else { continue }
                finish(generation, end.finish, stop: end.stop)
            } catch {
                fail(generation, error)
            }
            hasEnded = true
        }
        if hasEnded { running.removeAll(where: \.hasEnded) }
        applyUpdates()
    }

    private func applyUpdates() {
        while running.isEmpty, let update = updates.first, !hasBegunBatch {
            updates.removeFirst()
            retained.dropAll(session)
            session.replaceParameters(with: update.model)
            counters.version = update.version
            counters.weightUpdates += 1
            update.applied()
        }
    }

    // MARK: Letting in

    /// Whether a batch has been let in only in part. Its other requests are then the next in the queue.
    private var hasBegunBatch: Bool { waiting.first?.ticket.hasBegun ?? false }

    private func admit() {
        var count = 0
        for generation in waiting {
            guard updates.isEmpty || generation.ticket.hasBegun, running.count < settings.maximumRunning,
                makeRoom(for: generation.reservation)
            else { break }
            generation.ticket.begin()
            reservedTokens += generation.reservation
            counters.promptTokens += generation.request.prompt.count
            attach(generation, among: running[...])
            running.append(generation)
            count += 1
        }
        waiting.removeFirst(count)
    }

    private func makeRoom(for tokens: Int) -> Bool {
        while reservedTokens + retained.cachedTokens + tokens > settings.maximumCachedTokens {
            guard retained.dropOldest(session) else { return false }
        }
        return true
    }

    /// Finds whose cache a prompt can begin with, if it is worth it.
    private func attach(
        _ generation: RunningGeneration<Session>, among others: ArraySlice<RunningGeneration<Session>>
    ) {
        generation.leader = nil
        let prompt = generation.request.prompt
        // The last token has to be read in any case, for its logits.
        let limit = prompt.count - 1
        guard settings.sharesPrefixes, limit >= PrefixSharing.shortest else {
            return generation.sequence = session.open()
        }
        var leader: (generation: RunningGeneration<Session>, length: Int)?
        for other in others where leader?.length != limit {
            let length = min(limit, other.commonPrefix(with: prompt))
            if length > leader?.length ?? PrefixSharing.shortest - 1 { leader = (other, length) }
        }
        let reached = leader?.length ?? PrefixSharing.shortest - 1
        if reached < limit, let source = retained.longestPrefix(of: prompt, over: reached) {
            return share(source.sequence, length: min(limit, source.length), with: generation)
        }
        generation.leader = leader
        if leader == nil { generation.sequence = session.open() }
    }

    private func share(_ source: Session.Sequence, length: Int, with generation: RunningGeneration<Session>) {
        generation.sequence = session.fork(source, length: length)
        generation.cachedPrompt = length
        generation.sharedPrompt = length
        generation.leader = nil
        counters.sharedTokens += length
    }

    // MARK: Stepping

    /// What the next step reads: a token of every request that decodes, then pieces of prompts up to the bound.
    private func compose() -> ([(sequence: Session.Sequence, tokens: [Int32])], [RunningGeneration<Session>]) {
        followLeaders()
        var entries: [(sequence: Session.Sequence, tokens: [Int32])] = []
        var stepping: [RunningGeneration<Session>] = []
        entries.reserveCapacity(running.count)
        stepping.reserveCapacity(running.count)
        for generation in running where generation.hasReadPrompt {
            guard let sequence = generation.sequence else { continue }
            entries.append((sequence, [generation.lastToken]))
            stepping.append(generation)
        }
        // However many decode, prompts get on by something.
        var room = max(settings.tokensPerStep - entries.count, 16)
        for generation in running where !generation.hasReadPrompt && room > 0 {
            guard let sequence = generation.sequence else { continue }
            let prompt = generation.request.prompt
            let piece = prompt[generation.cachedPrompt..<min(prompt.count, generation.cachedPrompt + room)]
            entries.append((sequence, Array(piece)))
            stepping.append(generation)
            generation.cachedPrompt += piece.count
            room -= piece.count
        }
        return (entries, stepping)
    }

    /// Forks the caches that have grown far enough for those who wait for them.
    private func followLeaders() {
        for (index, generation) in running.enumerated() {
            guard let (leader, length) = generation.leader else { continue }
            if let sequence = leader.sequence {
                if session.length(of: sequence) >= length { share(sequence, length: length, with: generation) }
            } else if leader.hasEnded {
                attach(generation, among: running[..<index].filter { !$0.hasEnded }[...])
            }
        }
    }

    // MARK: Ending

    /// Ends a generation wherever it is; the caller takes it off its list.
    func finish(_ generation: RunningGeneration<Session>, _ finish: FinishReason, stop: GenerationEngine.Stop? = nil) {
        switch finish {
        case .stop: counters.stopped += 1
        case .length: counters.reachedLength += 1
        case .abort: counters.aborted += 1
        }
        release(generation)
        generation.submission.deliver(
            .finished(
                GenerationEngine.Output(
                    tokens: generation.output, finish: finish, stop: stop, version: counters.version,
                    promptTokens: generation.request.prompt.count, sharedTokens: generation.sharedPrompt)))
        lateAborts.ended(generation.request.id)
    }

    private func fail(_ generation: RunningGeneration<Session>, _ error: WhetError) {
        counters.failed += 1
        release(generation)
        generation.submission.deliver(.failed(error))
        lateAborts.ended(generation.request.id)
    }

    private func release(_ generation: RunningGeneration<Session>) {
        guard !generation.hasEnded else { return }
        reservedTokens -= generation.reservation
        generation.leader = nil
        guard let sequence = generation.sequence else { return }
        generation.sequence = nil
        let length = session.length(of: sequence)
        let tokens = (generation.request.prompt + generation.output.map(\.token)).prefix(length)
        retained.keep(sequence, holding: Array(tokens), session: session)
    }
}

enum PrefixSharing {
    /// Fewer tokens are read again sooner than a cache is copied.
    static let shortest = 16
}
