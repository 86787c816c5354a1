import Foundation
import WhetCore
import WhetHTTP

extension HTTPHeaders {
    /// What a server wants to see of a key that lies in an environment variable; nothing where no variable is named.
    ///
    /// Keeps: the key is read when it is needed, and is in no file and no message.
    ///
    /// - Throws: `WhetError` where the variable is not set.
    init(keyVariable: String?) throws {
        self.init()
        guard let keyVariable else { return }
        guard let key = ProcessInfo.processInfo.environment[keyVariable], !key.isEmpty else {
            throw WhetError(
                "the environment variable \(keyVariable) is not set", at: "key_variable",
                expected: "one that holds the server's key")
        }
        self["Authorization"] = "Bearer \(key)"
    }
}
