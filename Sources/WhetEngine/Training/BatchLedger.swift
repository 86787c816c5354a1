import Foundation
import WhetBackends
import WhetCore

/// Which batches went into the weights, so that a run that was stopped between a step and its record repeats none.
///
/// Keeps: the ids since the save before the last are known, and what was saved with the weights is what a load knows;
/// older ones are forgotten, because no resume goes back behind a save.
struct BatchLedger {
    /// Their gradients wait.
    private var waiting: [String] = []
    /// Since the last save.
    private var applied: [String] = []
    /// Of the last save.
    private var atSave: [String] = []

    init() {}

    /// - Throws: `WhetError` for a batch that is in the weights, or whose gradient waits.
    func check(_ id: String) throws {
        let isWaiting = waiting.contains(id)
        guard isWaiting || applied.contains(id) || atSave.contains(id) else { return }
        throw WhetError(
            isWaiting
                ? "the batch waits to be applied already; its gradient would count twice"
                : "the batch was applied already; a second time would repeat its step",
            at: "batch \(id)", expected: "an id of its own for every batch",
            remedy: "go on with the next batch, or load the checkpoint from before this one")
    }

    mutating func add(_ id: String) { waiting.append(id) }

    /// The gradients went into the weights.
    mutating func apply() {
        applied += waiting
        waiting = []
    }

    /// The gradients were thrown away.
    mutating func drop() { waiting = [] }

    /// The weights were saved, with `text`.
    mutating func saved() {
        atSave = applied
        applied = []
    }
}

// As a line in the metadata of the optimizer's file: a JSON array.
extension BatchLedger {
    static let key = "applied_batches"

    /// What belongs to the weights as they are now.
    var text: String { JSONValue.array(applied.map { .string($0) }).text() }

    /// A file from before there was a ledger gives an empty one.
    ///
    /// - Throws: `WhetError` for a line that is no list of ids.
    init(of file: Safetensors) throws {
        guard let text = file.metadata[Self.key] else { return }
        let ids = (try? JSONValue(parsing: Data(text.utf8)))?.array?.map(\.string)
        guard let ids, ids.allSatisfy({ $0 != nil }) else {
            throw WhetError(
                "the optimizer's file has a broken list of applied batches", at: file.file.path,
                expected: "a JSON array of ids", remedy: "load another checkpoint")
        }
        atSave = ids.compactMap { $0 }
    }
}
