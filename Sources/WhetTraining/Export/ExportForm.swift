import WhetCore
import WhetStore

/// A form in which rollouts are written, a JSON object a line.
///
/// Keeps: which rollouts make a line is decided by what the store lists of them, before a token is read.
public protocol ExportForm: Sendable {
    /// What of the filter the store itself is asked; the rest is for `lines`.
    func narrowed(_ filter: RolloutFilter) -> RolloutFilter

    /// The lines that a group gives, each of one rollout or several.
    func lines(of group: [RolloutListing], _ report: inout ExportReport) -> [[RolloutID]]

    /// Appends the line of these rollouts, without its end.
    ///
    /// - Returns: false where there is nothing to write, which is in the report then.
    func append(
        _ rollouts: [StoredRollout], to text: inout JSONText, _ report: inout ExportReport
    ) async throws -> Bool
}

/// Writes rollouts of a store as lines.
///
/// Keeps: a few hundred rollouts are in memory at a time, whatever their number; lines come in the order of run,
/// purpose, group and member, so the same store gives the same bytes.
public struct RolloutExport: Sendable {
    private let form: any ExportForm
    /// Whether lines that are there already are left out.
    private let isUnique: Bool
    /// Of lines.
    private let limit: Int?

    public init(_ form: any ExportForm, isUnique: Bool = false, limit: Int? = nil) {
        self.form = form
        self.isUnique = isUnique
        self.limit = limit
    }

    /// - Parameter write: takes whole lines, in UTF-8; false ends the export, because nobody reads on.
    /// - Returns: what was written until then.
    /// - Throws: what `write` throws; `WhetError` where the store is damaged; `CancellationError`.
    public func write(
        _ filter: RolloutFilter, of store: RolloutStore, to write: ([UInt8]) throws -> Bool
    ) async throws -> ExportReport {
        var report = ExportReport()
        var pages = ExportPages(
            of: try await store.list(form.narrowed(filter)), in: store, lines: { form.lines(of: $0, &report) })
        var known: Set<LineFingerprint> = []
        while report.written < limit ?? .max, let page = try await pages.next() {
            try Task.checkCancellation()
            var lines: [UInt8] = []
            for rollouts in page where report.written < limit ?? .max {
                guard let rollouts else {
                    report.leaveOut(.gone)
                    continue
                }
                var line = JSONText(capacity: 1 << 10)
                guard try await form.append(rollouts, to: &line, &report) else { continue }
                if isUnique, !known.insert(LineFingerprint(line)).inserted {
                    report.leaveOut(.repeated)
                    continue
                }
                lines += line.bytes
                lines.append(UInt8(ascii: "\n"))
                report.written += 1
                report.unsolved += rollouts.first?.rollout.score?.isSolved == false ? 1 : 0
            }
            guard try write(lines) else { break }
        }
        return report
    }
}

/// Tells lines apart without keeping them: two hashes under keys of their own, 128 bits.
private struct LineFingerprint: Hashable {
    let first: Int
    let second: Int

    init(_ line: JSONText) {
        func hash(_ key: UInt8) -> Int {
            var hasher = Hasher()
            hasher.combine(key)
            line.bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
            return hasher.finalize()
        }
        (first, second) = (hash(0), hash(1))
    }
}
