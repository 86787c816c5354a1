import WhetCore

extension RequestFields {
    /// The `messages` of a chat, each with whatever other keys its sender gave it, as templates expect them.
    ///
    /// - Throws: `RequestProblem` that names the message which is wrong.
    package func messages() throws -> [JSONValue] {
        let entries = try required("messages", list("messages"))
        guard !entries.isEmpty else {
            throw RequestProblem.badValue("messages is empty; expected at least one message", parameter: "messages")
        }
        return try entries.enumerated().map { index, entry in
            do { return try Message(json: entry.value).json(keeping: entry.value) } catch let error as WhetError {
                throw RequestProblem.badValue(error.sentence, parameter: "messages.\(index)")
            }
        }
    }

    /// What the model may call; nil where nothing is given.
    package func tools() throws -> JSONValue? { try list("tools").map { .array($0.map(\.value)) } }

    /// What templates are given beside the messages.
    package func templateVariables() -> JSONObject { view("chat_template_kwargs")?.value.object ?? [:] }
}

extension Message {
    /// The message as templates expect it, with whatever other keys its sender gave it.
    fileprivate func json(keeping sent: JSONValue) -> JSONValue {
        guard case .object(var members) = json, let others = sent.object else { return json }
        for (key, value) in others where members[key] == nil { members[key] = value }
        return .object(members)
    }
}
