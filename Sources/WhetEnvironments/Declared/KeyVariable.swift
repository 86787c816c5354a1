import WhetCore
import WhetHTTP

extension HTTPHeaders {
    /// What a server wants to see of a key that lies in an environment variable; nothing where no variable is named.
    ///
    /// - Throws: `WhetError` where the variable is not set.
    init(keyVariable: String?) throws {
        self.init()
        if let key = try SecretVariable.value(of: keyVariable) { self["Authorization"] = "Bearer \(key)" }
    }
}
