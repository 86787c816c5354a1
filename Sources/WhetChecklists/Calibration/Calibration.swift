import WhetCore

/// A judgment that a person made, to measure a judge by.
public struct LabeledJudgment: Hashable, Sendable {
    public var item: ChecklistItem
    public var recording: Recording
    /// Whether the person says that the item is met.
    public var isMet: Bool

    public init(item: ChecklistItem, recording: Recording, isMet: Bool) {
        self.item = item
        self.recording = recording
        self.isMet = isMet
    }
}

/// How far a judge agrees with people, and with itself.
public struct Calibration: Hashable, Sendable {
    /// Judgments by what the person and the judge said; first repetitions alone.
    public struct Counts: Hashable, Sendable {
        public var bothMet = 0
        public var bothNotMet = 0
        /// The judge alone says it is met: what a policy learns to exploit.
        public var onlyJudge = 0
        public var onlyPerson = 0

        public init(bothMet: Int = 0, bothNotMet: Int = 0, onlyJudge: Int = 0, onlyPerson: Int = 0) {
            self.bothMet = bothMet
            self.bothNotMet = bothNotMet
            self.onlyJudge = onlyJudge
            self.onlyPerson = onlyPerson
        }

        public var count: Int { bothMet + bothNotMet + onlyJudge + onlyPerson }

        /// The share on which both agree; nil of nothing.
        public var accuracy: Double? { count == 0 ? nil : Double(bothMet + bothNotMet) / Double(count) }

        /// Cohen's kappa: (p − e) / (1 − e), where p is the share on which both agree and e what chance would give two
        /// who say "met" as often as these do. nil where chance alone agrees on all.
        public var kappa: Double? {
            guard let agreement = accuracy else { return nil }
            let total = Double(count)
            let person = Double(bothMet + onlyPerson) / total
            let judge = Double(bothMet + onlyJudge) / total
            let chance = person * judge + (1 - person) * (1 - judge)
            return chance == 1 ? nil : (agreement - chance) / (1 - chance)
        }
    }

    public var counts: Counts
    /// Cases that the judge could not judge the first time; they count in no figure.
    public var unknown: Int
    /// Of the cases that were judged at least twice, the share whose judgments were not all the same; nil of none.
    public var flipRate: Double?
    /// The same by focus, for those that there are.
    public var byFocus: [ChecklistItem.Focus: Counts]

    public var accuracy: Double? { counts.accuracy }
    public var kappa: Double? { counts.kappa }

    /// Asks a judge about every case, so many times.
    ///
    /// - Parameter repeats: at least 1; the flip rate needs 2.
    /// - Throws: what the judge throws.
    public static func measure(
        _ judge: any Judge, on cases: [LabeledJudgment], repeats: Int = 3
    ) async throws -> Calibration {
        guard repeats >= 1 else {
            throw WhetError("\(repeats) repeats are not possible", at: "calibration", expected: "at least 1")
        }
        let judgments = try await withThrowingTaskGroup(of: (Int, Int, Judgment).self) { group in
            for (index, example) in cases.enumerated() {
                for repetition in 0..<repeats {
                    let question = JudgmentQuestion(
                        item: example.item, recording: example.recording, repetition: repetition)
                    group.addTask { (index, repetition, try await judge.judge(question)) }
                }
            }
            var judgments = [[Judgment?]](repeating: Array(repeating: nil, count: repeats), count: cases.count)
            for try await (index, repetition, judgment) in group { judgments[index][repetition] = judgment }
            return judgments.map { $0.compactMap(\.self) }
        }
        return Calibration(cases, judgments)
    }

    /// - Parameter judgments: `[cases][repeats]`
    init(_ cases: [LabeledJudgment], _ judgments: [[Judgment]]) {
        counts = Counts()
        byFocus = [:]
        unknown = 0
        var flipped = 0
        var judgedTwice = 0
        for (example, repeats) in zip(cases, judgments) {
            let known = repeats.filter(\.isKnown).map(\.isMet)
            if known.count > 1 {
                judgedTwice += 1
                if Set(known).count > 1 { flipped += 1 }
            }
            guard let first = repeats.first, first.isKnown else {
                unknown += 1
                continue
            }
            counts.add(person: example.isMet, judge: first.isMet)
            byFocus[example.item.focus, default: Counts()].add(person: example.isMet, judge: first.isMet)
        }
        flipRate = judgedTwice == 0 ? nil : Double(flipped) / Double(judgedTwice)
    }
}

extension Calibration.Counts {
    fileprivate mutating func add(person: Bool, judge: Bool) {
        switch (person, judge) {
        case (true, true): bothMet += 1
        case (false, false): bothNotMet += 1
        case (false, true): onlyJudge += 1
        case (true, false): onlyPerson += 1
        }
    }
}
