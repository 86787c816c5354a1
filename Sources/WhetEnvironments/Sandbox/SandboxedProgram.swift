/// What is run in a sandbox.
public struct SandboxedProgram: Hashable, Sendable {
    /// A file that it finds in its folder, `/tmp`; it cannot change it.
    public struct File: Hashable, Sendable {
        /// One name, no folders.
        public var name: String
        public var contents: [UInt8]

        public init(_ name: String, _ contents: [UInt8]) {
            self.name = name
            self.contents = contents
        }

        public init(_ name: String, _ text: String) { self.init(name, Array(text.utf8)) }
    }

    /// The program and its arguments. Names are looked up in /usr/local/bin, /usr/bin and /bin.
    public var command: [String]
    public var files: [File]
    /// Its whole standard input.
    public var input: [UInt8]
    /// Beside PATH, HOME and LANG, which it always has.
    public var environment: [String: String]

    public init(
        _ command: [String], files: [File] = [], input: [UInt8] = [], environment: [String: String] = [:]
    ) {
        self.command = command
        self.files = files
        self.input = input
        self.environment = environment
    }
}
