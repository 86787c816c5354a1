import GRDB

/// The store's tables, as migrations. What each column means is told in docs/store.md.
///
/// Keeps: a migration that was released is never edited; the next schema is one more migration. Tables are strict, so a
/// value of the wrong type is an error where it is written, not where it is read.
enum Schema {
    /// "whet" in ASCII, in the file's header: tells our file from another program's.
    static let applicationID: Int32 = 0x7768_6574

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 runs, rollouts, steps") { database in
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            try database.execute(sql: runs + rollouts + steps + view)
        }
        migrator.registerMigration("2 what a run carries from step to step") { database in
            try database.execute(sql: state)
        }
        migrator.registerMigration("3 rollouts that are interrupted, batches") { database in
            try database.execute(sql: partials)
        }
        migrator.registerMigration("4 credit of steps, tools of tasks, judgments") { database in
            try database.execute(sql: judgments)
        }
        return migrator
    }

    private static let runs = """
        CREATE TABLE runs (
            id TEXT NOT NULL PRIMARY KEY,
            name TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'interrupted', 'failed')),
            recipe TEXT NOT NULL,
            build TEXT NOT NULL,
            seed INTEGER NOT NULL,
            started_at REAL,
            finished_at REAL,
            accuracy_before REAL,
            accuracy_after REAL
        ) STRICT;

        CREATE TABLE policy_versions (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            version INTEGER NOT NULL,
            step INTEGER,
            checkpoint TEXT,
            created_at REAL,
            PRIMARY KEY (run, version)
        ) STRICT, WITHOUT ROWID;

        """

    // A reward is ANY and not REAL, because a REAL column forgets the sign of -0.0.
    private static let rollouts = """
        CREATE TABLE groups (
            id INTEGER PRIMARY KEY,
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            purpose TEXT NOT NULL,
            number INTEGER NOT NULL,
            UNIQUE (run, purpose, number)
        ) STRICT;

        CREATE TABLE tasks (
            id INTEGER PRIMARY KEY,
            group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
            environment TEXT NOT NULL,
            level INTEGER NOT NULL,
            seed INTEGER NOT NULL,
            messages TEXT NOT NULL,
            problem TEXT NOT NULL
        ) STRICT;
        CREATE INDEX tasks_by_group ON tasks (group_id);

        CREATE TABLE rollouts (
            id INTEGER PRIMARY KEY,
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            step INTEGER,
            group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
            member INTEGER NOT NULL,
            task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
            status TEXT NOT NULL CHECK (status IN ('completed', 'truncated', 'aborted', 'failed', 'filtered')),
            reason TEXT,
            reward ANY,
            is_solved INTEGER,
            score_reason TEXT,
            score_parts TEXT,
            seed INTEGER NOT NULL,
            started_at REAL,
            finished_at REAL,
            server TEXT,
            tokens INTEGER NOT NULL,
            policy_tokens INTEGER NOT NULL,
            version_min INTEGER,
            version_max INTEGER,
            messages TEXT NOT NULL,
            UNIQUE (group_id, member)
        ) STRICT;
        CREATE INDEX rollouts_by_step ON rollouts (run, step);
        CREATE INDEX rollouts_by_task ON rollouts (task_id);

        CREATE TABLE sampling_parameters (
            id INTEGER PRIMARY KEY,
            parameters TEXT NOT NULL UNIQUE
        ) STRICT;

        CREATE TABLE spans (
            rollout_id INTEGER NOT NULL REFERENCES rollouts (id) ON DELETE CASCADE,
            ordinal INTEGER NOT NULL,
            origin TEXT NOT NULL CHECK (origin IN ('prompt', 'policy', 'environment')),
            version INTEGER,
            tokens BLOB NOT NULL,
            log_probabilities BLOB,
            sampling_id INTEGER REFERENCES sampling_parameters (id),
            request TEXT,
            server TEXT,
            PRIMARY KEY (rollout_id, ordinal)
        ) STRICT, WITHOUT ROWID;

        """

    private static let steps = """
        CREATE TABLE steps (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            step INTEGER NOT NULL,
            kind TEXT NOT NULL,
            version INTEGER,
            started_at REAL,
            finished_at REAL,
            PRIMARY KEY (run, step)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE metrics (
            run TEXT NOT NULL,
            step INTEGER NOT NULL,
            name TEXT NOT NULL,
            value REAL,
            PRIMARY KEY (run, step, name),
            FOREIGN KEY (run, step) REFERENCES steps (run, step) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE evaluations (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            step INTEGER NOT NULL,
            version INTEGER NOT NULL,
            problems INTEGER NOT NULL,
            accuracy REAL,
            mean_reward REAL,
            first_group INTEGER NOT NULL,
            last_group INTEGER NOT NULL,
            started_at REAL,
            finished_at REAL,
            PRIMARY KEY (run, step)
        ) STRICT, WITHOUT ROWID;

        """

    private static let state = """
        ALTER TABLE steps ADD COLUMN state TEXT;

        CREATE TABLE prompt_values (
            run TEXT NOT NULL,
            step INTEGER NOT NULL,
            prompt INTEGER NOT NULL,
            alpha REAL NOT NULL,
            beta REAL NOT NULL,
            purpose TEXT,
            group_number INTEGER,
            member INTEGER,
            PRIMARY KEY (run, prompt, step),
            FOREIGN KEY (run, step) REFERENCES steps (run, step) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;

        """

    // A batch is written when the trainer gets it, so its foreign key is the run and not a step that may never be.
    private static let partials = """
        ALTER TABLE rollouts ADD COLUMN resumes INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE spans ADD COLUMN started_at REAL;
        ALTER TABLE spans ADD COLUMN finished_at REAL;

        CREATE TABLE batch_groups (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            step INTEGER NOT NULL,
            number INTEGER NOT NULL,
            prompt INTEGER NOT NULL,
            is_kept INTEGER NOT NULL,
            PRIMARY KEY (run, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX batch_groups_by_step ON batch_groups (run, step);

        """

    // Judgments belong to no run: whoever asks the same of the same judge again may have them.
    private static let judgments = """
        ALTER TABLE rollouts ADD COLUMN score_steps TEXT;
        ALTER TABLE tasks ADD COLUMN tools TEXT;

        CREATE TABLE judgments (
            key TEXT NOT NULL PRIMARY KEY,
            judgment TEXT NOT NULL,
            created_at REAL
        ) STRICT, WITHOUT ROWID;

        """

    private static let view = """
        CREATE VIEW rollout_details AS
        SELECT rollouts.id, rollouts.run, groups.purpose, groups.number AS group_number, rollouts.member, rollouts.step,
            tasks.environment, tasks.level, rollouts.status, rollouts.reason, rollouts.reward, rollouts.is_solved,
            rollouts.score_reason, rollouts.score_parts, rollouts.tokens, rollouts.policy_tokens, rollouts.version_min,
            rollouts.version_max, rollouts.server, rollouts.started_at, rollouts.finished_at,
            printf('%u', rollouts.seed) AS seed, printf('%u', tasks.seed) AS task_seed, tasks.problem, rollouts.messages
        FROM rollouts
        JOIN groups ON groups.id = rollouts.group_id
        JOIN tasks ON tasks.id = rollouts.task_id;
        """
}
