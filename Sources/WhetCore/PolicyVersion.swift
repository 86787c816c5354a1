/// Counts the updates of a policy's weights: 0 is the policy that a run started from.
///
/// The trainer owns the number and stamps it on servers; every sampled token carries the one that sampled it.
public struct PolicyVersion: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// How many updates the weights have had.
    public let number: Int

    public init(_ number: Int) { self.number = number }

    /// The weights that a run started from.
    public static let initial = PolicyVersion(0)

    /// The version after one more update.
    public var next: PolicyVersion { PolicyVersion(number + 1) }

    public static func < (left: PolicyVersion, right: PolicyVersion) -> Bool { left.number < right.number }

    /// How many updates behind `trainer` this version is.
    public func staleness(at trainer: PolicyVersion) -> Int { trainer.number - number }

    public var description: String { String(number) }

    public init(from decoder: any Decoder) throws { number = try decoder.singleValueContainer().decode(Int.self) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }
}
