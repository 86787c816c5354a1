import GRDB
import WhetCore

/// When a rollout was played and by which policy versions, without its tokens: a bar of `whet runs timeline`.
public struct RolloutTimes: Hashable, Sendable {
    /// A span after the prompt.
    public enum Piece: Hashable, Sendable {
        /// - Parameter times: when it was asked for and when it had come, in seconds since 1970; nil where an older
        ///   whet stored it.
        case policy(PolicyVersion, times: ClosedRange<Double>?)
        case environment
    }

    public var id: RolloutID
    /// The step that trains on it; nil if none does yet.
    public var step: Int?
    public var status: Rollout.Status
    public var reason: String?
    public var resumes: Int
    /// Seconds since 1970; NaN where none is stored.
    public var startedAt: Double
    public var finishedAt: Double
    /// In order.
    public var pieces: [Piece]

    public init(
        id: RolloutID, step: Int?, status: Rollout.Status, reason: String? = nil, resumes: Int = 0, startedAt: Double,
        finishedAt: Double, pieces: [Piece]
    ) {
        self.id = id
        self.step = step
        self.status = status
        self.reason = reason
        self.resumes = resumes
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.pieces = pieces
    }
}

extension RolloutStore {
    /// The times of a run's training rollouts, those that started first first.
    ///
    /// Two queries whatever their number, and none reads a token.
    ///
    /// - Parameters:
    ///   - steps: only those that these steps train on; nil takes all, those that no step has taken included.
    ///   - most: how many at most.
    public func rolloutTimes(
        of run: String, steps: ClosedRange<Int>? = nil, most: Int
    ) async throws -> [RolloutTimes] {
        try await read { database in
            var rows: [(row: Int, times: RolloutTimes)] = []
            var statement = try PreparedStatement(
                """
                SELECT rollouts.id, groups.purpose, groups.number, member, step, status, reason, started_at,
                    finished_at, resumes
                FROM rollouts JOIN groups ON groups.id = rollouts.group_id
                WHERE rollouts.run = ? AND groups.purpose = 'training'
                    \(steps == nil ? "" : "AND step BETWEEN ? AND ?")
                ORDER BY started_at, groups.number, member LIMIT ?
                """, in: database)
            try statement.bind(run)
            if let steps {
                try statement.bind(steps.lowerBound)
                try statement.bind(steps.upperBound)
            }
            try statement.bind(most)
            rows = try statement.rows { row in
                let number = row.integer()
                let id = try RolloutID(&row)
                let step = row.optionalInteger()
                let status = try Rollout.Status(stored: row.text())
                let reason = try row.optionalText()
                let (startedAt, finishedAt) = (row.double(), row.double())
                let times = RolloutTimes(
                    id: id, step: step, status: status, reason: reason, resumes: row.integer(), startedAt: startedAt,
                    finishedAt: finishedAt, pieces: [])
                return (number, times)
            }
            try attachPieces(to: &rows, in: database)
            return rows.map(\.times)
        }
    }

    /// How many training rollouts of a run there are, of these steps or in all.
    public func trainingRolloutCount(of run: String, steps: ClosedRange<Int>? = nil) async throws -> Int {
        try await count(RolloutFilter(run: run, purpose: .training, steps: steps))
    }
}

private func attachPieces(to rows: inout [(row: Int, times: RolloutTimes)], in database: Database) throws {
    let places = Dictionary(rows.enumerated().map { ($1.row, $0) }) { first, _ in first }
    var statement = try PreparedStatement(
        """
        SELECT rollout_id, origin, version, started_at, finished_at FROM spans
        WHERE rollout_id IN (SELECT value FROM json_each(?)) AND origin <> 'prompt' ORDER BY rollout_id, ordinal
        """, in: database)
    try statement.bind("[" + rows.map { "\($0.row)" }.joined(separator: ",") + "]")
    defer { statement.reset() }
    while try statement.step() {
        guard let place = places[statement.integer()] else { continue }
        guard try statement.text() == "policy" else {
            rows[place].times.pieces.append(.environment)
            continue
        }
        let version = PolicyVersion(statement.integer())
        var times: ClosedRange<Double>?
        if let start = statement.optionalDouble(), let end = statement.optionalDouble(), start <= end {
            times = start...end
        }
        rows[place].times.pieces.append(.policy(version, times: times))
    }
}
