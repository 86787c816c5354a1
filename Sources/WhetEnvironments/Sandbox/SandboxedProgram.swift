/// What is run in a sandbox.
struct SandboxedProgram: Hashable, Sendable {
    /// A file that it finds in its folder, `/tmp`; it cannot change it.
    struct File: Hashable, Sendable {
        /// One name, no folders.
        var name: String
        var contents: [UInt8]

        init(_ name: String, _ contents: [UInt8]) {
            self.name = name
            self.contents = contents
        }

        init(_ name: String, _ text: String) { self.init(name, Array(text.utf8)) }
    }

    /// The program and its arguments. Names are looked up in /usr/local/bin, /usr/bin and /bin.
    var command: [String]
    var files: [File]
    /// Its whole standard input.
    var input: [UInt8]
    /// Beside PATH, HOME and LANG, which it always has.
    var environment: [String: String]

    init(
        _ command: [String], files: [File] = [], input: [UInt8] = [], environment: [String: String] = [:]
    ) {
        self.command = command
        self.files = files
        self.input = input
        self.environment = environment
    }
}
