import Foundation
import WhetStore

/// Disk, ports and limits of the machine.
enum System {
    static let leastDiskBytes = 1 << 30
    static let leastOpenFiles = 4_096

    /// Free space where runs are, or would be, written; and whether they can be.
    static func disk(home: WhetHome) -> Finding {
        var folder = home.directory.standardizedFileURL
        while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" {
            folder.deleteLastPathComponent()
        }
        var statistics = statvfs()
        guard statvfs(folder.path, &statistics) == 0 else {
            return Finding(
                "system", "disk", .missing, "\(folder.path) cannot be read: \(String(cString: strerror(errno)))")
        }
        let bytes = Double(statistics.f_bavail) * Double(statistics.f_frsize)
        let found = "\((bytes / 1e9).fixed(1)) GB free for \(home.directory.path)"
        guard access(folder.path, W_OK) == 0 else {
            return Finding(
                "system", "disk", .missing, "\(found), but \(folder.path) may not be written",
                remedy: "set WHET_HOME to a folder that may", figure: bytes)
        }
        return Finding(
            "system", "disk", bytes < Double(leastDiskBytes) ? .lacking : .good, found,
            remedy: bytes < Double(leastDiskBytes) ? "free some, or set WHET_HOME to another disk" : nil, figure: bytes)
    }

    /// Whether a server can listen on this machine at all.
    static func loopback() -> Finding {
        do {
            let port = try bindLoopback(port: 0)
            return Finding("system", "ports", .good, "127.0.0.1 takes a server (tried port \(port))")
        } catch {
            return Finding(
                "system", "ports", .missing, "no server can listen on 127.0.0.1: \(error.words)",
                remedy: "allow it in the sandbox or firewall")
        }
    }

    struct BindFailure: Error { let words: String }

    /// Listens on a port and lets go of it again. 0 takes any that is free.
    static func bindLoopback(port: UInt16) throws(BindFailure) -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw BindFailure(words: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && listen(descriptor, 1) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard result else { throw BindFailure(words: String(cString: strerror(errno))) }
        return UInt16(bigEndian: address.sin_port)
    }

    static func openFiles() -> Finding {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return Finding("system", "open files", .lacking, "the limit cannot be read")
        }
        let hard = limit.rlim_max
        let isEnough = hard >= rlim_t(leastOpenFiles)
        return Finding(
            "system", "open files", isEnough ? .good : .lacking, "\(limit.rlim_cur), may be raised to \(hard)",
            remedy: isEnough ? nil : "ulimit -n \(leastOpenFiles), for many requests in flight", figure: Double(hard))
    }
}
