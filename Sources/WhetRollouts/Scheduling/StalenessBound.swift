/// How old and how often interrupted a rollout may become, and what happens beyond that.
public struct StalenessBound: Hashable, Sendable {
    /// What becomes of a rollout whose oldest token is too old, or that was interrupted too often.
    public enum Excess: String, Hashable, Sendable, Codable, CaseIterable {
        /// It goes on, and tokens that are too old take no part in training; one that was interrupted too often is no
        /// longer interrupted at the end of a step.
        case mask
        /// What it has is given up, and it starts anew from its prompt. A whole group that is too old when it is
        /// complete is dropped.
        case restart
        /// Its group is left out of training, with the reason.
        case drop
    }

    /// In versions, from the oldest token to the weights that it would train; nil bounds nothing.
    public var versions: Int?
    /// How often a rollout may be interrupted; nil bounds nothing.
    public var resumes: Int?
    public var excess: Excess

    public init(versions: Int? = nil, resumes: Int? = nil, excess: Excess = .mask) {
        self.versions = versions
        self.resumes = resumes
        self.excess = excess
    }

    /// Why a rollout is beyond the bound, in words; nil if it is not.
    ///
    /// - Parameters:
    ///   - oldest: the version of its oldest token; nil before the first.
    ///   - version: that of the weights which would train on it at the earliest.
    func excess(oldest: Int?, resumes: Int, at version: Int) -> String? {
        if let versions, let oldest, version - oldest > versions {
            return "its oldest token is \(version - oldest) versions old, more than the \(versions) allowed"
        }
        if let most = self.resumes, resumes > most {
            return "it was interrupted \(resumes) times, more often than the \(most) allowed"
        }
        return nil
    }
}
