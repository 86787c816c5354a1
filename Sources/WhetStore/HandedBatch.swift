import GRDB
import WhetCore

/// The groups that a training step was given, filtered ones included.
///
/// Keeps: a group belongs to one batch at most, so no rollout is trained on by two steps; a batch is written before it
/// is trained on, so a step that was broken off is done again with the same.
public struct HandedBatch: Hashable, Sendable {
    public struct Group: Hashable, Sendable {
        /// Among the training groups.
        public var number: Int
        /// The number of its prompt.
        public var prompt: Int
        /// False where a filter left it out.
        public var isKept: Bool

        public init(number: Int, prompt: Int, isKept: Bool) {
            self.number = number
            self.prompt = prompt
            self.isKept = isKept
        }
    }

    public var step: Int
    /// By number.
    public var groups: [Group]

    public init(step: Int, groups: [Group]) {
        self.step = step
        self.groups = groups
    }
}

extension RolloutStore {
    /// Writes down which groups a step is given, and that it is the step of their rollouts, in one transaction after
    /// everything that was recorded before.
    ///
    /// - Throws: `WhetError` when a group was handed to a step before.
    public func hand(_ batch: HandedBatch, of run: String) async throws {
        try await flush()
        let path = path
        try await writeDurably { database in
            var insertion = try PreparedStatement(
                "INSERT OR IGNORE INTO batch_groups (run, step, number, prompt, is_kept) VALUES (?, ?, ?, ?, ?)",
                in: database)
            var assignment = try PreparedStatement(
                """
                UPDATE rollouts SET step = ? WHERE step IS NOT ?1 AND group_id =
                    (SELECT id FROM groups WHERE run = ? AND purpose = 'training' AND number = ?)
                """, in: database)
            for group in batch.groups {
                try insertion.bind(run)
                try insertion.bind(batch.step)
                try insertion.bind(group.number)
                try insertion.bind(group.prompt)
                try insertion.bind(group.isKept ? 1 : 0)
                try insertion.run()
                guard database.changesCount == 1 else {
                    throw WhetError(
                        "group \(group.number) of the run \"\(run)\" was handed to a step before", at: path,
                        remedy: "is another program training this run?")
                }
                try assignment.bind(batch.step)
                try assignment.bind(run)
                try assignment.bind(group.number)
                try assignment.run()
            }
        }
    }

    /// Every batch that was handed to a step, by step.
    public func handedBatches(of run: String) async throws -> [HandedBatch] {
        try await read { database in
            var statement = try PreparedStatement(
                "SELECT step, number, prompt, is_kept FROM batch_groups WHERE run = ? ORDER BY step, number",
                in: database)
            try statement.bind(run)
            var batches: [HandedBatch] = []
            while try statement.step() {
                let step = statement.integer()
                let group = HandedBatch.Group(
                    number: statement.integer(), prompt: statement.integer(), isKept: statement.integer() != 0)
                if batches.last?.step != step { batches.append(HandedBatch(step: step, groups: [])) }
                batches[batches.count - 1].groups.append(group)
            }
            return batches
        }
    }

    /// The highest number of a training group that the store has a rollout of; nil if there is none.
    public func lastTrainingGroup(of run: String) async throws -> Int? {
        try await read { database in
            var statement = try PreparedStatement(
                "SELECT max(number) FROM groups WHERE run = ? AND purpose = 'training'", in: database)
            try statement.bind(run)
            defer { statement.reset() }
            return try statement.step() ? statement.optionalInteger() : nil
        }
    }
}
