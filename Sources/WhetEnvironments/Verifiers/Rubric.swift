import WhetCore

/// Verifiers with weights: what an episode's reward is made of.
///
/// Keeps: every criterion is reported as a part of the score with its reason, whatever the reward comes to; a verifier
/// that cannot judge fails the whole scoring, never lowers it (docs/design.md, law 4).
struct Rubric: Sendable {
    struct Criterion: Sendable {
        var name: String
        /// Its share in the reward; 0 is only reported.
        var weight: Double
        /// The reward where this criterion is not passed, whatever the others say; nil: it is no gate.
        var gate: Double?
        var verifier: any Verifier

        init(_ name: String, weight: Double = 1, gate: Double? = nil, verifier: any Verifier) {
            self.name = name
            self.weight = weight
            self.gate = gate
            self.verifier = verifier
        }
    }

    var criteria: [Criterion]
    /// What no and all of the criteria are worth.
    var range: ClosedRange<Double>
    /// The weighted mean (0…1) from which on the task is solved; nil: every criterion with a weight has to be 1.
    var passing: Double?
    /// All or nothing: a solved task gets the upper end of `range`, any other the lower.
    var isBinary: Bool
    var unreadable: Unreadable
    var reader: AnswerReader

    /// What becomes of a reply in which no answer can be read, where a criterion needs one.
    enum Unreadable: Hashable, Sendable {
        /// It gets the lower end of `range`.
        case worst
        case reward(Double)
        /// Criteria that need an answer count 0, the others as ever.
        case criteriaCountZero
    }

    init(
        _ criteria: [Criterion], range: ClosedRange<Double> = 0...1, passing: Double? = nil, isBinary: Bool = false,
        unreadable: Unreadable = .worst, reader: AnswerReader = .tag
    ) {
        self.criteria = criteria
        self.range = range
        self.passing = passing
        self.isBinary = isBinary
        self.unreadable = unreadable
        self.reader = reader
    }
}

extension Rubric {
    /// Every reward that it can give lies in here.
    var rewards: ClosedRange<Double> {
        var ends = [range.lowerBound, range.upperBound] + criteria.compactMap(\.gate)
        if case .reward(let reward) = unreadable { ends.append(reward) }
        return (ends.min() ?? 0)...(ends.max() ?? 0)
    }

    /// How far below 1 still is 1: weighted means are floating-point.
    private static let tolerance = 1e-9

    /// Reads the answer out of the conversation and scores it.
    ///
    /// - Throws: where something cannot be judged, or the policy has said nothing at all.
    func score(_ messages: [Message], problem: JSONValue) async throws -> Score {
        guard let reply = messages.last(where: { $0.role == .assistant }) else {
            throw WhetError.nothingToScore(at: "rubric")
        }
        return try await score(
            Response(messages: messages, answer: reader.answer(in: reply.content), problem: problem))
    }

    func score(_ response: Response) async throws -> Score {
        var verdicts: [Verdict] = []
        for criterion in criteria { verdicts.append(try await verdict(of: criterion, on: response)) }
        return try total(verdicts, isReadable: response.answer != nil)
    }

    private func verdict(of criterion: Criterion, on response: Response) async throws -> Verdict {
        if criterion.verifier.needsAnswer, response.answer == nil { return Verdict(0, unreadableReason) }
        do {
            let verdict = try await criterion.verifier.verify(response)
            guard 0...1 ~= verdict.value else {
                throw WhetError("the verdict \(verdict.value) is not from 0 to 1")
            }
            return verdict
        } catch let error as WhetError {
            throw error.within("criterion \(criterion.name)")
        }
    }

    private var unreadableReason: String { "no answer could be read: the last message has no \(reader.expectation)" }

    private var unreadableReward: Double? {
        switch unreadable {
        case .worst: range.lowerBound
        case .reward(let reward): reward
        case .criteriaCountZero: nil
        }
    }

    private func total(_ verdicts: [Verdict], isReadable: Bool) throws -> Score {
        let judged = zip(criteria, verdicts)
        let parts = judged.map { criterion, verdict in
            Score.Part(criterion.name, value: verdict.value, weight: criterion.weight, reason: verdict.reason)
        }
        func score(_ reward: Double, isSolved: Bool = false, _ reason: String) throws -> Score {
            guard reward.isFinite else { throw WhetError("the reward is not a finite number", at: "rubric") }
            return Score(reward: reward, isSolved: isSolved, parts: parts, reason: reason)
        }

        // A file with a checklist may have no verifiers.
        guard !criteria.isEmpty else { return try score(range.lowerBound, "no verifier was asked") }
        if let (criterion, verdict) = judged.first(where: { $0.gate != nil && !Self.isFull($1.value) }),
            let gate = criterion.gate
        {
            return try score(gate, "\(criterion.name): \(verdict.reason)")
        }
        if !isReadable, let reward = unreadableReward, criteria.contains(where: \.verifier.needsAnswer) {
            return try score(reward, unreadableReason)
        }
        let weights = criteria.reduce(0) { $0 + $1.weight }
        guard weights > 0 else { throw WhetError("no criterion has a weight", at: "rubric") }
        let mean = judged.reduce(0) { $0 + $1.0.weight * $1.1.value } / weights
        let isSolved =
            if let passing { mean >= passing - Self.tolerance } else {
                judged.allSatisfy { $0.weight == 0 || Self.isFull($1.value) }
            }
        let share = isBinary ? (isSolved ? 1 : 0) : mean
        let reward = range.lowerBound * (1 - share) + range.upperBound * share
        let missed = judged.filter { $0.weight > 0 && !Self.isFull($1.value) }.map { "\($0.name): \($1.reason)" }
        return try score(reward, isSolved: isSolved, missed.isEmpty ? "passed" : missed.joined(separator: "; "))
    }

    private static func isFull(_ value: Double) -> Bool { value >= 1 - tolerance }
}
