import WhetCore

/// Standard output and standard error, written at once and whole: a program that reads a pipe sees each line when it is
/// made.
enum Output {
    /// That of the command that is running: `CommandRunner` asks it in the end whether it took everything.
    @TaskLocal static var standard = StandardStream(1)

    static func text(_ text: String) { standard.write(text) }
    static func line(_ text: String) { self.text(text + "\n") }
    static func json(_ value: JSONValue) { line(value.text()) }
    static func complain(_ text: String) { screen(text + "\n") }

    /// To standard error, as it is. Where that takes nothing, there is nobody to tell.
    static func screen(_ text: String) { StandardStream(2).write(text) }
}
