import Foundation
import WhetCore

/// What a trainer has done since the checkpoint that another process of it can go on from, in order.
///
/// Keeps: the directories of its batches are there as long as it names them.
struct TrainerJournal {
    struct Entry: Sendable {
        let method: String
        let members: JSONObject
        /// That it names, with a batch in it.
        var directory: URL?

        var id: String? { members["batch"]?.string }
    }

    /// Where the weights of the first entry are; nil for the model as it was.
    private(set) var checkpoint: URL?
    private(set) var entries: [Entry] = []

    mutating func add(_ entry: Entry) { entries.append(entry) }

    /// All is in the weights of `checkpoint`, or of no interest any more.
    ///
    /// - Returns: the directories that nobody needs now.
    mutating func begin(at checkpoint: URL?) -> [URL] {
        defer { (self.checkpoint, entries) = (checkpoint, []) }
        return entries.compactMap(\.directory)
    }

    /// Batches whose gradients wait, of those that were named, in their order.
    func waiting(_ ids: [String]) -> [Entry] {
        let last = entries.lastIndex { $0.method == "optimizer_step" }.map { $0 + 1 } ?? 0
        return entries[last...].filter { $0.method == "forward_backward" && ids.contains($0.id ?? "") }
    }

    /// Their gradients are gone for good.
    ///
    /// - Returns: the directories that nobody needs now.
    mutating func forget(_ ids: [String]) -> [URL] {
        let gone = waiting(ids)
        entries.removeAll { entry in
            entry.method == "forward_backward" && gone.contains { $0.id == entry.id }
        }
        return gone.compactMap(\.directory)
    }
}
