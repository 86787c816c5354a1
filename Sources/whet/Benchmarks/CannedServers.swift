import Foundation
import WhetCore

#if canImport(Glibc)
    import Glibc
#endif

/// Canned inference servers in a process of their own, so that what they take is not taken for whet's.
///
/// Keeps: the process ends with `end`, and when this program ends, however it does: it lives as long as its input is
/// open, which nobody else holds.
struct CannedServers: ~Copyable {
    let urls: [String]
    private let child: pid_t
    private let input: Int32

    /// - Parameters:
    ///   - held: no request is answered before so many have come.
    ///   - tokens: what they answer.
    ///   - processor: where they run; nil: anywhere.
    /// - Throws: `WhetError` when they do not start.
    init(count: Int, held: Int, tokens: [Int32], processor: Int?) throws {
        let ids = tokens.map(String.init).joined(separator: ",")
        let command = ["bench-server", "--servers", "\(count)", "--held", "\(held)", "--tokens", ids]
        let executable = try OneProcessor.executable
        let words = processor.map { OneProcessor.arguments($0, executable, command) } ?? ["env", executable] + command
        let (theirInput, input) = try Self.pipe()
        let (output, theirOutput) = try Self.pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, theirInput, 0)
        posix_spawn_file_actions_adddup2(&actions, theirOutput, 1)
        var child: pid_t = 0
        let variables = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
        let code = words.withCStrings { words in
            variables.withCStrings { posix_spawn(&child, "/usr/bin/env", &actions, nil, words, $0) }
        }
        close(theirInput)
        close(theirOutput)
        defer { close(output) }
        guard code == 0 else { throw WhetError("the canned servers cannot start: \(String(cString: strerror(code)))") }
        (self.child, self.input) = (child, input)
        urls = Self.firstLine(of: output).split(separator: " ").map(String.init)
        guard urls.count == count else {
            throw WhetError(
                "the canned servers did not start", expected: "a processor \(processor ?? 0), and `taskset`",
                remedy: "leave them on all: --set server_processor=-1")
        }
    }

    consuming func end() {}

    deinit {
        close(input)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
    }

    /// Closed in whatever is started.
    private static func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Foundation.pipe(&ends) == 0 else { throw WhetError("no pipe: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// Waits for it, which is all there is to do before a benchmark.
    private static func firstLine(of descriptor: Int32) -> String {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }
}
