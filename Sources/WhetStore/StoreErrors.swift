import Foundation
import GRDB
import WhetCore

extension WhetError {
    /// SQLite's error in words, with what to do about it.
    ///
    /// - Parameter path: of the store.
    init(_ error: DatabaseError, path: String) {
        let statement =
            error.sql.map { sql in "\n  in: \(sql.split(separator: "\n").joined(separator: " ").prefix(300))" } ?? ""
        let words =
            "\(error.message ?? "\(error.resultCode)") (SQLite \(error.extendedResultCode.rawValue))\(statement)"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                "the store is locked by another program: \(words)", at: path,
                remedy: "end the program that writes to it for so long (`fuser \(path)` names it)")
        case .SQLITE_NOTADB:
            self.init(
                "this file is no SQLite database: \(words)", at: path, expected: "a store that whet made, or no file",
                remedy: "move the file away, or set WHET_HOME to another folder")
        case .SQLITE_CORRUPT:
            self.init(
                "the store is damaged: \(words)", at: path,
                remedy: "keep a copy, then `sqlite3 \(path) .recover | sqlite3 rescued.sqlite`")
        case .SQLITE_READONLY:
            self.init(
                "the store cannot be written: \(words)", at: path,
                expected: "a file and a folder that may be written; for looking, too, SQLite writes beside the file",
                remedy: "check the permissions of the file and of its folder, or copy both somewhere else")
        case .SQLITE_IOERR:
            self.init(
                "the store's file could not be read or written: \(words)", at: path,
                remedy: "see that the disk works and has room (`df -h`), and that no limit on the size of files holds "
                    + "(`ulimit -f`)")
        case .SQLITE_NOMEM:
            self.init("there is no memory left for the store: \(words)", at: path)
        case .SQLITE_FULL:
            self.init(
                "the disk is full: \(words)", at: path, remedy: "free some space, or set WHET_HOME to another disk")
        case .SQLITE_CANTOPEN:
            self.init(
                "the store cannot be opened: \(words)", at: path,
                expected: "a file in a folder that exists and may be written",
                remedy: "check WHET_HOME and the folder's permissions")
        default:
            self.init("the store failed: \(words)", at: path)
        }
    }
}

/// Runs `body`; SQLite's errors leave it in words.
func explaining<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as DatabaseError { throw WhetError(error, path: path) }
}

/// Runs `body`; SQLite's errors leave it in words.
func explaining<Result: Sendable>(_ path: String, _ body: @Sendable () async throws -> Result) async throws -> Result {
    do { return try await body() } catch let error as DatabaseError {
        // GRDB interrupts the query of a task that is canceled.
        if error.resultCode == .SQLITE_INTERRUPT, Task.isCancelled { throw CancellationError() }
        throw WhetError(error, path: path)
    }
}
