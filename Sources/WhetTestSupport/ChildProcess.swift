import Foundation
import WhetCore

/// Runs a program to its end, with nothing but what it is given.
///
/// Not Foundation's `Process`, which crashes when other threads open and close files while it reads the table of open
/// files, as tests of an HTTP client do by the thousand.
public enum ChildProcess {
    public struct Outcome: Sendable {
        /// As a shell counts: what ended by a signal ends with 128 and its number.
        public let code: Int32
        public let output: String
        public let complaints: String
    }

    /// - Parameters:
    ///   - folder: where it runs, and where its output is kept while it does.
    ///   - environment: all of its variables.
    /// - Throws: `WhetError` when `env`, which starts it, cannot be; a program that is not there ends with 127.
    public static func run(
        _ executable: String, _ arguments: [String], in folder: URL, environment: [String: String]
    ) throws -> Outcome {
        // Files instead of pipes: nothing can fill up while the other one is read.
        let (output, complaints) = (folder.appending(path: ".output"), folder.appending(path: ".complaints"))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let writing = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output.path, writing, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, complaints.path, writing, 0o600)
        var child: pid_t = 0
        // env changes the folder, which POSIX has no spawn action for.
        let code = (["env", "-C", folder.path, executable] + arguments).withCStrings { argv in
            environment.map { "\($0.key)=\($0.value)" }.withCStrings { envp in
                posix_spawn(&child, "/usr/bin/env", &actions, nil, argv, envp)
            }
        }
        guard code == 0 else {
            throw WhetError("env cannot be started: \(String(cString: strerror(code)))", at: executable)
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return Outcome(
            code: status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F),
            output: try String(contentsOf: output, encoding: .utf8),
            complaints: try String(contentsOf: complaints, encoding: .utf8))
    }
}
