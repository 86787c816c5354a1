import WhetCore

/// What `SoundnessCheck` found out about an environment.
///
/// Keeps: it is sound exactly if no finding is an error; every finding names a problem that shows it again, where one
/// problem can.
public struct SoundnessReport: Sendable {
    /// What is looked at; the raw value is what JSON and the command line call it.
    public enum Check: String, Sendable, CaseIterable {
        /// A task can be made, is labelled with what made it, opens with a message, and survives storage.
        case tasks
        /// The same level and seed give the same task, whatever was made before it, in another instance too.
        case reproducibility
        /// Other seeds give other problems.
        case variety
        /// The demonstration passes, unless chance decides as well, and can be played again.
        case reference
        /// Answers that say nothing do not pass.
        case void
        /// Answers that differ from the reference do not pass more often than a problem has right answers.
        case altered
        /// No fixed answer passes most problems.
        case trivial
        /// Malformed and hostile answers get a score.
        case hostile
        /// Rewards are finite, in the declared range, the same every time, and highest for what is right.
        case rewards
        /// Where chance decides as well: demonstrations earn more than thoughtless play, and what is claimed of them.
        case chance
        /// The prompt does not hold what only the environment may know.
        case leaks
        /// Problems are made, and answers scored, in time.
        case time
    }

    public enum Severity: String, Sendable, CaseIterable {
        /// The environment is unsound: training on it would teach something else than it says.
        case error
        /// Worth a look; no proof of a mistake.
        case warning
    }

    /// A problem, and what was answered to it, that show a finding again.
    public struct Example: Hashable, Sendable {
        public var level: Int
        public var seed: UInt64
        /// What the policy wrote; nil where the finding is about the problem itself.
        public var answer: String?

        init(level: Int, seed: UInt64, answer: String? = nil) {
            self.level = level
            self.seed = seed
            self.answer = answer
        }
    }

    public struct Finding: Sendable {
        public var check: Check
        public var severity: Severity
        /// One sentence without a full stop.
        public var sentence: String
        /// How often it was seen.
        public var count: Int
        /// The first time it was seen.
        public var example: Example?
    }

    public var environment: String
    public var levels: ClosedRange<Int>
    public var findings: [Finding]
    public var figures: SoundnessFigures

    public var isSound: Bool { !findings.contains { $0.severity == .error } }

    public var json: JSONValue {
        [
            "environment": .string(environment), "sound": .bool(isSound),
            "levels": [.integer(levels.lowerBound), .integer(levels.upperBound)],
            "findings": .array(findings.map(\.json)), "figures": figures.json,
        ]
    }
}

extension SoundnessReport.Finding {
    public var json: JSONValue {
        var object: JSONObject = [
            "check": .string(check.rawValue), "severity": .string(severity.rawValue), "sentence": .string(sentence),
            "count": .integer(count),
        ]
        if let example {
            object["level"] = .integer(example.level)
            // As a string: JSON numbers lose bits of 64.
            object["seed"] = .string("\(example.seed)")
            if let answer = example.answer { object["answer"] = .string(answer) }
        }
        return .object(object)
    }
}
