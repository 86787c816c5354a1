import WhetCore

/// What a program's hello says about one of its environments.
public struct ProgramEnvironment: Hashable, Sendable {
    public let name: String
    let maximumLevel: Int
    /// Whether it replies to the policy; if not, it is never asked to.
    let isMultiTurn: Bool
    /// A JSON schema of its options, or an empty object.
    let options: JSONObject
    /// What it states for `whet env check` to hold it to.
    let claims: EnvironmentClaims

    /// Reads the result of a hello.
    ///
    /// - Throws: `WhetError` when the program speaks something else.
    static func list(_ hello: JSONValue) throws -> [ProgramEnvironment] {
        guard hello["protocol"]?.string == "whet-environment" else {
            throw WhetError(
                "the program does not speak whet's protocol", expected: #""protocol": "whet-environment" in its hello"#)
        }
        guard hello["version"]?.integer == 1 else {
            throw WhetError(
                "the program speaks version \(hello["version"]?.text() ?? "none") of the protocol",
                expected: "version 1")
        }
        let list = try hello.required("environments", "a list", \.array).map { entry in
            ProgramEnvironment(
                name: try entry.required("name", "a text", \.string),
                maximumLevel: try entry.required("maximum_level", "a whole number", \.integer),
                isMultiTurn: entry["multi_turn"]?.bool ?? false, options: entry["options"]?.object ?? [:],
                claims: try EnvironmentClaims(hello: entry))
        }
        guard Set(list.map(\.name)).count == list.count else {
            throw WhetError("the program lists two environments of one name", at: "hello")
        }
        return list
    }
}

extension EnvironmentClaims {
    /// Reads `outcome`, `rewards` and `secrets` of an environment in a hello; each may be left out.
    ///
    /// - Throws: `WhetError` when one is of another form.
    init(hello entry: JSONValue) throws {
        let outcome: Outcome
        switch entry["outcome"]?.string ?? (entry["outcome"] == nil ? "certain" : "") {
        case "certain": outcome = .certain
        case "chance": outcome = .chance()
        default:
            throw WhetError(
                "\(entry["outcome"]?.excerpt ?? "") is not possible here", at: "outcome",
                expected: "\"certain\" or \"chance\"")
        }
        var rewards: ClosedRange<Double>?
        if let given = entry["rewards"], !given.isNull {
            guard let ends = given.array?.compactMap(\.double), ends.count == 2, ends[0] < ends[1],
                ends.allSatisfy(\.isFinite)
            else {
                throw WhetError(
                    "\(given.excerpt) is not possible here", at: "rewards",
                    expected: "[least, greatest]: two finite numbers")
            }
            rewards = ends[0]...ends[1]
        }
        if outcome != .certain, rewards == nil {
            throw WhetError(
                "chance decides, but the range of rewards is not stated", at: "rewards",
                expected: "[least, greatest], which proofs about averages need")
        }
        let secrets = try (entry["secrets"]?.array ?? []).map { secret in
            guard let name = secret.string else {
                throw WhetError(
                    "\(secret.excerpt) is not possible here", at: "secrets", expected: "names of problem members")
            }
            return name
        }
        self.init(outcome, rewards: rewards, secrets: Set(secrets))
    }
}
