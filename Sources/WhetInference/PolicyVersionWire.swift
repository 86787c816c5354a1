import WhetCore

extension PolicyVersion {
    /// A server's weight version, if whet has put it there: a decimal number.
    init?(weightVersion: String?) {
        guard let weightVersion, let number = Int(weightVersion), number >= 0 else { return nil }
        self.init(number)
    }

    /// After this version was published, what a server says it has must be it.
    ///
    /// - Throws: `WhetError` otherwise.
    func confirm(_ reported: PolicyVersion?, by server: String) throws {
        guard reported == self else {
            let words = reported.map { "version \($0)" } ?? "none of ours"
            throw WhetError("version \(self) was published, and the server says it has \(words)", at: server)
        }
    }
}
