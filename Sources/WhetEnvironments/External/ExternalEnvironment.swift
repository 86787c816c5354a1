/// An environment that has something open between its tasks, such as interpreters.
///
/// `EnvironmentResources.keep` closes it with all else.
public protocol ClosingEnvironment: Environment {
    /// Ends what was started, and returns when it has ended.
    func close() async
}

/// An environment that works outside of whet: in a program, on a server.
///
/// It can be named, and its options kept, before anything is started: what only the other side knows is asked by
/// `prepare`.
public protocol ExternalEnvironment: Environment {
    /// Finds out whether it can be used with its options, so that mistakes are told before work starts.
    ///
    /// - Returns: the hardest level.
    /// - Throws: `WhetError` where the program or server cannot be used, or does not know an option.
    func prepare() async throws -> Int
}
