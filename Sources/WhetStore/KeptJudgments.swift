import Foundation
import GRDB
import WhetCore

/// What judges said, by the key of what they were asked: so that scoring the same again asks nobody.
extension RolloutStore {
    /// - Returns: nil where the key is not known.
    public func judgment(for key: String) async throws -> JSONValue? {
        try await read { database in
            var statement = try PreparedStatement("SELECT judgment FROM judgments WHERE key = ?", in: database)
            try statement.bind(key)
            return try statement.rows { try $0.json().root.value }.first
        }
    }

    /// The first judgment for a key stays.
    public func keep(judgment: JSONValue, for key: String) async throws {
        try await explaining(path) { [pool] in
            try await pool.write { database in
                var statement = try PreparedStatement(
                    "INSERT OR IGNORE INTO judgments (key, judgment, created_at) VALUES (?, ?, ?)", in: database)
                try statement.bind(key)
                try statement.bind(judgment.text())
                try statement.bind(Date().timeIntervalSince1970)
                try statement.run()
            }
        }
    }
}
