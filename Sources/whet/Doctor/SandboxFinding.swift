import WhetCore
import WhetEnvironments

/// Whether programs that nobody trusts can be run here: what the verifier `programs` needs.
enum SandboxFinding {
    /// - Parameter check: runs a program; tests bring their own.
    static func finding(
        check: () async throws -> Void = { try await Sandbox().check() }
    ) async -> Finding {
        do {
            try await check()
            return Finding("system", "sandbox", .good, "programs run without network, home or rights (bubblewrap)")
        } catch let error as WhetError {
            return Finding(
                "system", "sandbox", .lacking, "\(error.problem); the verifier \"programs\" cannot be used",
                remedy: error.remedy ?? "apt-get install bubblewrap util-linux")
        } catch {
            return Finding(
                "system", "sandbox", .lacking, "a program in it fails: \(error)",
                remedy: "apt-get install bubblewrap util-linux")
        }
    }
}
