import Foundation
import WhetCore

/// Held by the program that trains a run, so that no second one trains it at the same time.
///
/// Keeps: it ends with the program that holds it, however that ends: it is the kernel's lock on a file, and not the file.
struct RunLock: ~Copyable {
    private let descriptor: Int32

    /// - Throws: `WhetError` that names the process which trains the run.
    init(run: String, in folder: URL) throws {
        let file = folder.appending(path: "lock").path
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            let code = errno
            throw WhetError(
                "the run's folder cannot be written: \(String(cString: strerror(code)))", at: folder.path,
                remedy: WhetError.remedy(forSystem: code))
        }
        // Some network file systems have no locks; there, nobody is kept from doing it twice.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
            let holder = try? String(contentsOfFile: file, encoding: .utf8)
            close(descriptor)
            let name = holder.flatMap { $0.isEmpty ? nil : " by process \($0)" } ?? ""
            throw WhetError(
                "the run is being trained already\(name)", at: run,
                remedy: "wait for it or stop it, then `whet train --resume \(run)`; or start another run")
        }
        self.descriptor = descriptor
        // For the words of whoever is kept out.
        _ = ftruncate(descriptor, 0)
        _ = "\(getpid())".withCString { write(descriptor, $0, strlen($0)) }
    }

    deinit { close(descriptor) }
}

extension WhetHome {
    /// Runs `body` as the only one that trains the run; makes its folder if need be.
    ///
    /// - Throws: `WhetError` when another program trains it; what `body` throws.
    public func training<Result>(run: String, _ body: () async throws -> Result) async throws -> Result {
        let lock = try RunLock(run: run, in: createDirectory(ofRun: run))
        let result = try await body()
        _ = consume lock
        return result
    }
}
