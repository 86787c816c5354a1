import Foundation

/// A secret that lies in an environment variable.
///
/// Keeps: it is read when it is needed, and is in no file and no message.
public enum SecretVariable {
    /// - Parameters:
    ///   - name: of the variable; nil where no secret is wanted.
    ///   - place: the key that names the variable.
    /// - Returns: nil where no variable is named.
    /// - Throws: `WhetError` where the variable is not set.
    public static func value(of name: String?, at place: String = "key_variable") throws -> String? {
        guard let name else { return nil }
        guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
            throw WhetError(
                "the environment variable \(name) is not set", at: place, expected: "one that holds the server's key")
        }
        return value
    }
}
