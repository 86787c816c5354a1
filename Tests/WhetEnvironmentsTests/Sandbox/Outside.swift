import Foundation
import Synchronization
import Testing
import WhetCore
import WhetProcess
import WhetTestSupport

@testable import WhetEnvironments

/// What stands outside the sandbox and can tell whether somebody got out: servers that nobody may reach, a file that
/// nobody may see or change, a process of the sandbox's user that nobody may end, and the machine itself.
struct Outside: Sendable {
    private let server: CannedServer
    private let secretFile: URL
    private let secret = "outside-\(UUID().uuidString)"
    private let listeners: [UnixListener]
    private let bystander: Bystander
    private let machine = MachineState()
    private let memory = MemoryWatch()
    /// A time to sleep that no other process has.
    private let uniqueTime = "1000.\(UInt32.random(in: 1_000_000...9_999_999))"

    static func with(_ body: (Outside) async throws -> Void) async throws {
        try await withTemporaryDirectory { folder in
            let outside = try await Outside(folder)
            let watching = Task { await outside.memory.watch() }
            defer {
                outside.bystander.end()
                watching.cancel()
            }
            try await body(outside)
            await watching.cancelAndWait()
        }
    }

    private init(_ folder: URL) async throws {
        server = try CannedServer { _ in .json("{}") }
        secretFile = folder.appending(path: "secret")
        try Data(secret.utf8).write(to: secretFile)
        // Nothing but the sandbox is to keep anybody from it.
        for (path, mode) in [(folder.path, 0o777), (secretFile.path, 0o666)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        listeners = [
            try UnixListener(abstract: "whet-\(UUID().uuidString.prefix(8))"),
            try UnixListener(path: folder.appending(path: "socket").path),
        ]
        bystander = try await Bystander.start()
    }

    /// An attempt's code, with the names of what is outside.
    func code(_ attempt: EscapeAttempt) -> String {
        [
            ("ABSTRACT", listeners[0].name), ("SOCKET", listeners[1].name), ("SECRET", secretFile.path),
            ("PORT", "\(server.port)"), ("PID", "\(bystander.number)"), ("UNIQUE", uniqueTime),
        ].reduce(EscapeAttempt.helpers + attempt.code) { code, name in
            code.replacing(try! Regex("\\b\(name.0)\\b"), with: name.1)
        }
    }

    /// - Parameters:
    ///   - told: what the attempt's author was told.
    ///   - memoryBytes: what all that was started may have had at a time.
    func expectUntouched(_ told: String, memoryBytes: Int) async throws {
        #expect(!told.contains("ESCAPED"))
        #expect(!told.contains(secret))
        #expect(server.counts.connections == 0)
        for listener in listeners { #expect(!listener.hasVisitor, "\(listener.name)") }
        #expect(try String(contentsOf: secretFile, encoding: .utf8) == secret)
        #expect(bystander.lives)
        #expect(machine.isUnchanged)
        #expect(memory.largest < memoryBytes, "\(memory.largest >> 20) MiB")
        var isGone = false
        for _ in 0..<250 where !isGone {
            isGone = ProcessTable().commands.allSatisfy { !$0.contains(uniqueTime) }
            if !isGone { try await Task.sleep(for: .milliseconds(20)) }
        }
        #expect(isGone)
    }
}

extension Task where Success == Void, Failure == Never {
    fileprivate func cancelAndWait() async {
        cancel()
        await value
    }
}

/// A Unix socket that waits for somebody.
private final class UnixListener: Sendable {
    let name: String
    private let descriptor: Int32

    convenience init(abstract name: String) throws { try self.init(name, bytes: [0] + Array(name.utf8)) }
    convenience init(path: String) throws { try self.init(path, bytes: Array(path.utf8) + [0]) }

    private init(_ name: String, bytes: [UInt8]) throws {
        self.name = name
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_NONBLOCK, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes.prefix($0.count)) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let code = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard code == 0, listen(descriptor, 8) == 0 else { throw WhetError("no socket \(name)") }
        if bytes.first != 0 { chmod(name, 0o777) }
    }

    var hasVisitor: Bool { accept(descriptor, nil, nil) >= 0 }

    deinit { close(descriptor) }
}

/// A process of the user that the sandbox runs as.
private final class Bystander: Sendable {
    private struct State {
        var number: Int?
        var hasEnded = false
    }

    private let state = Mutex(State())
    private let began = Gate()
    private let process = Mutex<Subprocess?>(nil)

    static func start() async throws -> Bystander {
        let bystander = Bystander()
        let shell = ["sh", "-c", "echo $$; exec sleep 600"]
        let asNobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        let command = getuid() == 0 ? asNobody + shell : shell
        let process = Subprocess(ProcessCommand(command[0], Array(command.dropFirst()))) { event in
            bystander.state.withLock { state in
                switch event {
                case .output(let bytes): state.number = Int(String(decoding: bytes, as: UTF8.self).trimmed)
                case .ended: state.hasEnded = true
                default: break
                }
            }
            bystander.began.open()
        }
        bystander.process.withLock { $0 = process }
        await bystander.began.wait()
        guard bystander.lives else { throw WhetError("there is no bystander") }
        return bystander
    }

    var number: Int { state.withLock { $0.number ?? 0 } }

    var lives: Bool {
        let state = state.withLock { $0 }
        return !state.hasEnded && state.number.map { FileManager.default.fileExists(atPath: "/proc/\($0)") } ?? false
    }

    func end() { process.withLock { $0 }?.kill() }
}

/// What of the machine nobody may change.
private struct MachineState {
    private let mounts = Self.text("/proc/self/mountinfo")
    private let name = Self.text("/proc/sys/kernel/hostname")
    private let clockOffset = Self.clockOffset

    private static func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
    private static var clockOffset: Double { Date().timeIntervalSince1970 - ProcessInfo.processInfo.systemUptime }

    var isUnchanged: Bool {
        let now = MachineState()
        return !mounts.isEmpty && now.mounts == mounts && now.name == name && abs(now.clockOffset - clockOffset) < 60
    }
}
