import Foundation
import WhetCore

/// What was done with which batch, by id, so that what comes a second time is answered and not done again.
///
/// Keeps: answers since the save before the last are known, and those saved with the weights are what a load knows;
/// older ones are forgotten, because no resume goes back behind a save.
package struct BatchLedger: Sendable {
    private struct Answers {
        var batches: [String: LossReport] = [:]
        var steps: [String: OptimizerReport] = [:]
        /// Batches whose gradients went into the weights, in order.
        var applied: [String] = []
    }

    /// Their gradients wait to be applied.
    package private(set) var waiting: [String] = []
    private var recent = Answers()
    private var atSave = Answers()

    package init() {}

    /// Batches that are in the weights, as far back as is known.
    package var applied: [String] { atSave.applied + recent.applied }

    /// What a batch of that id was answered with, marked as repeated; nil for a new one.
    ///
    /// - Throws: `WhetError` for a batch that is in the weights and whose report nobody kept.
    package func answer(toBatch id: String) throws -> LossReport? {
        guard var report = recent.batches[id] ?? atSave.batches[id] else {
            guard applied.contains(id) else { return nil }
            throw WhetError(
                "the batch was applied already, by a trainer that did not keep its report", at: "batch \(id)",
                expected: "an id of its own for every batch",
                remedy: "go on with the next batch, or load the checkpoint from before this one")
        }
        report.isRepeated = true
        return report
    }

    /// What an optimizer step of that id was answered with, marked as repeated; nil for a new one.
    package func answer(toStep id: String) -> OptimizerReport? {
        guard var report = recent.steps[id] ?? atSave.steps[id] else { return nil }
        report.isRepeated = true
        return report
    }

    /// A batch's gradient was added to those that wait.
    package mutating func add(_ id: String, _ report: LossReport) {
        recent.batches[id] = report
        waiting.append(id)
    }

    /// The gradients that waited went into the weights.
    package mutating func apply(_ id: String, _ report: OptimizerReport) {
        recent.steps[id] = report
        recent.applied += waiting
        waiting = []
    }

    /// The gradients that waited were thrown away: their batches may come again.
    package mutating func drop() {
        for id in waiting { recent.batches[id] = nil }
        waiting = []
    }

    /// The weights were saved, with `metadata`.
    package mutating func saved() {
        atSave = recent
        recent = Answers()
    }
}

/// As two lines beside the optimizer's state, in the words of docs/trainers.md: the ids, and the answers.
extension BatchLedger {
    private static let appliedKey = "applied_batches"
    private static let answersKey = "answers"

    /// What belongs to the weights as they are now; nothing may wait.
    package var metadata: [String: String] {
        var answers = JSONObject()
        for (id, report) in recent.batches.sorted(by: { $0.key < $1.key }) {
            answers["forward_backward \(id)"] = report.json
        }
        for (id, report) in recent.steps.sorted(by: { $0.key < $1.key }) {
            answers["optimizer_step \(id)"] = report.json
        }
        return [
            Self.appliedKey: JSONValue.array(recent.applied.map { .string($0) }).text(),
            Self.answersKey: JSONValue.object(answers).text(),
        ]
    }

    /// Lines that are not there give an empty one.
    ///
    /// - Throws: `WhetError` for a line that is not what `metadata` writes.
    package init(_ metadata: [String: String], at place: String) throws {
        func parsed(_ key: String) throws -> JSONValue? {
            try metadata[key].map { text in
                guard let value = try? JSONValue(parsing: Data(text.utf8)) else { throw Self.broken(key, place) }
                return value
            }
        }
        for id in try parsed(Self.appliedKey)?.required(\.array, or: Self.broken(Self.appliedKey, place)) ?? [] {
            atSave.applied.append(try id.required(\.string, or: Self.broken(Self.appliedKey, place)))
        }
        let answers = try parsed(Self.answersKey)?.required(\.object, or: Self.broken(Self.answersKey, place))
        for (key, answer) in answers ?? [:] {
            let words = key.split(separator: " ", maxSplits: 1).map(String.init)
            guard words.count == 2 else { throw Self.broken(Self.answersKey, place) }
            switch words[0] {
            case "forward_backward": atSave.batches[words[1]] = try LossReport(json: answer, at: place)
            case "optimizer_step": atSave.steps[words[1]] = try OptimizerReport(json: answer, at: place)
            default: break  // Of what only other trainers are asked.
            }
        }
    }

    private static func broken(_ key: String, _ place: String) -> WhetError {
        WhetError(
            "the checkpoint's \(key) cannot be read", at: place, expected: "what a trainer of whet writes",
            remedy: "load another checkpoint")
    }
}

extension JSONValue {
    fileprivate func required<Value>(_ member: (JSONValue) -> Value?, or error: @autoclosure () -> WhetError) throws
        -> Value
    {
        guard let value = member(self) else { throw error() }
        return value
    }
}
