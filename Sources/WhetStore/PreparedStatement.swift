import GRDB
import GRDBSQLite
import WhetCore

/// A statement whose values are bound, and whose columns are read, one after the other.
///
/// Keeps: text and blobs go in and come out by length, byte for byte, NUL included (GRDB's own conversions of text stop
/// there); a number that is not a number is NULL, as SQLite has no other way.
struct PreparedStatement {
    private let database: Database
    private let sql: String
    private let handle: SQLiteStatement
    private var parameter: Int32 = 0
    private var column: Int32 = 0

    /// Tells SQLite to copy what is bound.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    /// Takes the statement from the connection's cache, or prepares it.
    init(_ sql: String, in database: Database) throws {
        self.database = database
        self.sql = sql
        handle = try database.cachedStatement(sql: sql).sqliteStatement
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    // MARK: Binding

    mutating func bind(_ value: Int?) throws {
        parameter += 1
        guard let value else { return try check(sqlite3_bind_null(handle, parameter)) }
        try check(sqlite3_bind_int64(handle, parameter, Int64(value)))
    }

    mutating func bind(_ value: Double?) throws {
        parameter += 1
        guard let value else { return try check(sqlite3_bind_null(handle, parameter)) }
        try check(sqlite3_bind_double(handle, parameter, value))
    }

    mutating func bind(_ value: String?) throws {
        guard var value else { return try bind(nil as Int?) }
        try value.withUTF8 { try bind(text: $0) }
    }

    /// Text by its bytes, which must be UTF-8.
    mutating func bind(text bytes: [UInt8]) throws {
        try bytes.withUnsafeBufferPointer { try bind(text: $0) }
    }

    /// Numbers as they lie in memory, little-endian.
    mutating func bind(blob values: [some FixedWidthBits]) throws {
        try values.withLittleEndianBytes { bytes in
            parameter += 1
            guard let start = bytes.baseAddress, !bytes.isEmpty else {
                return try check(sqlite3_bind_zeroblob(handle, parameter, 0))
            }
            try check(sqlite3_bind_blob64(handle, parameter, start, UInt64(bytes.count), Self.copied))
        }
    }

    private mutating func bind(text bytes: UnsafeBufferPointer<UInt8>) throws {
        parameter += 1
        guard let start = bytes.baseAddress else {
            return try check(sqlite3_bind_text(handle, parameter, "", 0, Self.copied))
        }
        try start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
            try check(sqlite3_bind_text64(handle, parameter, $0, UInt64(bytes.count), Self.copied, UInt8(SQLITE_UTF8)))
        }
    }

    // MARK: Running

    /// Goes on to the next row; false after the last, when the statement can be bound again.
    mutating func step() throws -> Bool {
        column = 0
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            reset()
            return false
        case let code:
            let error = error(code)
            reset()
            throw error
        }
    }

    /// Runs a statement that gives no rows.
    mutating func run() throws { while try step() {} }

    /// Ends a query of which only some rows were wanted; otherwise it would hold its lock.
    mutating func reset() {
        sqlite3_reset(handle)
        parameter = 0
        column = 0
    }

    // MARK: Columns of the current row

    mutating func integer() -> Int { Int(sqlite3_column_int64(handle, next())) }

    mutating func optionalInteger() -> Int? {
        let column = next()
        return sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : Int(sqlite3_column_int64(handle, column))
    }

    mutating func optionalDouble() -> Double? {
        let column = next()
        return sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : sqlite3_column_double(handle, column)
    }

    /// A time, which is missing only where it was not a number.
    mutating func double() -> Double { optionalDouble() ?? .nan }

    mutating func text() throws -> String { try optionalText() ?? "" }

    /// - Throws: `WhetError` when the text is not UTF-8.
    mutating func optionalText() throws -> String? {
        let column = next()
        guard let start = sqlite3_column_text(handle, column) else { return nil }
        let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw WhetError("text that is not UTF-8 stands in column \(column + 1)", at: sql)
        }
        return text
    }

    /// JSON, read where it lies.
    mutating func json() throws -> JSONDocument {
        let column = next()
        let start = sqlite3_column_text(handle, column)
        return try JSONDocument(
            parsing: UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    mutating func optionalJSON() throws -> JSONDocument? {
        guard sqlite3_column_type(handle, column) != SQLITE_NULL else {
            skip()
            return nil
        }
        return try json()
    }

    /// Numbers that were written by `bind(blob:)`.
    ///
    /// - Throws: `WhetError` when the blob does not consist of whole numbers.
    mutating func blob<Element: FixedWidthBits>(of type: Element.Type) throws -> [Element] {
        let column = next()
        let start = sqlite3_column_blob(handle, column)
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
        return try [Element](littleEndianBytes: bytes)
    }

    mutating func skip() { column += 1 }

    private mutating func next() -> Int32 {
        defer { column += 1 }
        return column
    }

    // MARK: Errors

    private func check(_ code: Int32) throws { if code != SQLITE_OK { throw error(code) } }

    private func error(_ code: Int32) -> DatabaseError {
        DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage, sql: sql)
    }
}
