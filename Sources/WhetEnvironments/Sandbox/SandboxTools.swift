import Foundation
import WhetCore
import WhetProcess

/// The programs that the sandbox is made of, and what they are told.
struct SandboxTools: Sendable {
    /// Where programs are looked up, outside and inside.
    static let path = ["/usr/local/bin", "/usr/bin", "/bin"]
    /// The user and group that programs run as: nobody's.
    private static let nobody = "65534"

    /// bubblewrap, and where whet is root what gives up its rights first: limits on the number of processes do not hold
    /// for root, and files of root's would be its own.
    let launcher: [String]
    let prlimit: String

    /// - Parameter folders: where they are looked for.
    /// - Throws: `WhetError` that says what to install.
    init(folders: [String] = path, isRoot: Bool = getuid() == 0) throws {
        func find(_ name: String, package: String) throws -> String {
            let paths = folders.map { "\($0)/\(name)" }
            guard let path = paths.first(where: FileManager.default.isExecutableFile(atPath:)) else {
                throw WhetError(
                    "programs cannot be run in a sandbox: there is no \(name)", at: "sandbox",
                    expected: "\(name) in \(folders.joined(separator: ", "))",
                    remedy: "apt-get install \(package), or your system's package of that name")
            }
            return path
        }
        let bubblewrap = try find("bwrap", package: "bubblewrap")
        prlimit = try find("prlimit", package: "util-linux")
        launcher =
            isRoot
            ? [
                try find("setpriv", package: "util-linux"), "--reuid", Self.nobody, "--regid", Self.nobody,
                "--clear-groups", "--no-new-privs", bubblewrap,
            ] : [bubblewrap]
    }

    /// What bubblewrap is told about everything but the program.
    func walls(_ limits: SandboxLimits, readableFolders: [String]) -> [String] {
        let bytes = String(limits.temporaryBytes)
        var arguments = [
            "--unshare-user", "--unshare-all", "--disable-userns", "--die-with-parent", "--new-session", "--clearenv",
            "--uid", Self.nobody, "--gid", Self.nobody, "--hostname", "sandbox", "--ro-bind", "/usr", "/usr",
        ]
        for name in ["bin", "lib", "lib32", "lib64", "libx32", "sbin"] {
            if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/\(name)") {
                arguments += ["--symlink", target, "/\(name)"]
            } else {
                arguments += ["--ro-bind-try", "/\(name)", "/\(name)"]
            }
        }
        // Without them programs do not find libraries and Debian's alternatives; they tell nothing about anybody.
        for path in ["/etc/ld.so.cache", "/etc/alternatives"] { arguments += ["--ro-bind-try", path, path] }
        arguments += [
            "--proc", "/proc", "--dev", "/dev", "--size", bytes, "--tmpfs", "/dev/shm", "--remount-ro", "/dev",
        ]
        // Before its own /tmp, or a folder in /tmp would cover it.
        arguments += ["--size", bytes, "--tmpfs", "/tmp", "--chdir", "/tmp"]
        for folder in readableFolders { arguments += ["--ro-bind", folder, folder] }
        return arguments + ["--remount-ro", "/"]
    }

    /// Why bubblewrap ran no program.
    func refusal(_ words: String, ending: Subprocess.Ending) -> WhetError {
        let words = words.split(whereSeparator: \.isNewline).joined(separator: " ")
        var error = WhetError(
            "the sandbox cannot be set up: \(words.isEmpty ? ending.words : words)", at: "sandbox",
            remedy: """
                allow users to make namespaces: sysctl kernel.unprivileged_userns_clone=1 \
                kernel.apparmor_restrict_unprivileged_userns=0 user.max_user_namespaces=10000; in Docker: \
                --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
                --security-opt systempaths=unconfined
                """)
        if words.contains("nknown option") {
            error.remedy = "install bubblewrap 0.8 or later"
        } else if words.contains("source path") {
            error.remedy = "see that every readable folder is there and that all users may read it"
        }
        return error
    }
}
