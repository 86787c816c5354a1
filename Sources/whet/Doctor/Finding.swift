import WhetCore

/// One thing that `whet doctor` looked at.
struct Finding: Sendable {
    enum Status: String, Sendable {
        case good
        /// whet works without it, though worse.
        case lacking
        /// whet does not build or run without it.
        case missing
    }

    var topic: String
    var name: String
    var status: Status
    /// What was found, in words.
    var found: String
    /// What to do about it.
    var remedy: String?
    /// What was measured, for programs.
    var figure: Double?

    init(
        _ topic: String, _ name: String, _ status: Status, _ found: String, remedy: String? = nil, figure: Double? = nil
    ) {
        self.topic = topic
        self.name = name
        self.status = status
        self.found = found
        self.remedy = remedy
        self.figure = figure
    }

    var json: JSONValue {
        [
            "topic": .string(topic), "name": .string(name), "status": .string(status.rawValue), "found": .string(found),
            "remedy": remedy.map(JSONValue.string) ?? .null, "figure": figure.map(JSONValue.number) ?? .null,
        ]
    }
}
