import Foundation
import WhetCore

/// Standard output and standard error, written at once and whole: a program that reads a pipe sees each line when it is
/// made.
enum Output {
    static func text(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
    static func line(_ text: String) { self.text(text + "\n") }
    static func json(_ value: JSONValue) { line(value.text()) }
    static func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
