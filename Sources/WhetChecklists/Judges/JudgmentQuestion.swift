import WhetCore

/// One thing that a judge is asked: is this item met, as far as the turn has gone?
public struct JudgmentQuestion: Hashable, Sendable {
    public let item: ChecklistItem
    public let recording: Recording
    /// Which time the same is asked, to see whether a judge says the same again; part of what a cache knows it by.
    public let repetition: Int

    public init(item: ChecklistItem, recording: Recording, repetition: Int = 0) {
        self.item = item
        self.recording = recording
        self.repetition = repetition
    }

    /// What a judge is told of the item. Ids, weights and dependences are not its business.
    var criterion: JSONValue {
        [
            "question": .string(item.question), "focus_on": .string(item.focus.rawValue),
            "pass_condition": .string(item.passCondition),
            "failure_examples": .array(item.failureExamples.map(JSONValue.string)),
            "reference": .array(item.evidence.map { .string($0.snippet) }),
        ]
    }

    /// What a cache knows the answer of a judge by: the dialogue, the item's words, and the judge.
    public func key(for judge: String) -> JudgmentKey {
        var text = JSONText()
        text.append(.string(judge))
        text.append(criterion)
        text.append(.integer(repetition))
        return JudgmentKey(SHA256.digest(of: recording.digest.bytes + text.bytes))
    }
}

/// What a judgment is kept under.
public struct JudgmentKey: Hashable, Sendable, CustomStringConvertible {
    /// 64 hexadecimal digits.
    public let description: String
    /// The first of its bits, to seed the judge with.
    let seed: UInt64

    init(_ digest: SHA256.Digest) {
        let digits = Array("0123456789abcdef".utf8)
        description = String(
            decoding: digest.bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
        seed = digest.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
