import WhetCore

/// Finds what a prompt gives away.
///
/// The rule: a secret is the reference answer where nothing but the answer decides, a member of the problem that the
/// environment claims to be one, or one whose name says so (answer, gold, solution, reference, secret, hidden). By
/// itself a secret that stands in a prompt is no leak: the largest of some numbers is among them, "yes or no" holds
/// both, and a list may be sorted by accident. A template that gives the answer away, though, puts it in the same
/// surroundings every time. So it is a leak where the eight bytes before (or behind) a secret are the same in nine
/// tenths of the prompts, whatever the secret is there. A secret too long to be there by accident is worth a look,
/// wherever it stands. A secret member's name in a prompt is a leak.
///
/// What stands in most prompts whatever their secret is, is a word of the rules ("hit to take a card"), and gives
/// nothing away: it is told from a leak by the first prompts, of which those with another secret are looked at.
///
/// Keeps: memory does not grow with the number of problems, but for one hash for each different secret and the first
/// prompts.
struct PromptLeaks: Sendable {
    private static let reach = 8
    /// Surroundings that nine tenths of prompts share are among those of the first few.
    private static let learnedFrom = 10
    private static let keptPrompts = 32

    private struct Surroundings: Hashable {
        let isBefore: Bool
        let bytes: [UInt8]
    }

    private struct Sighting {
        let example: SoundnessReport.Example
        var count = 0
        var different: Set<Int> = []
        /// The first few different secrets, as they stood there.
        var wordings: [Int: [UInt8]] = [:]

        mutating func add(_ wording: [UInt8], of hash: Int) {
            count += 1
            different.insert(hash)
            if wordings.count < PromptLeaks.keptPrompts { wordings[hash] = wording }
        }
    }

    private struct Sightings {
        var problems = 0
        var different: Set<Int> = []
        var surroundings: [Surroundings: Sighting] = [:]
        var long = 0
        var longExample: SoundnessReport.Example?
        var named: (count: Int, example: SoundnessReport.Example)?
    }

    /// A prompt kept to tell the rules from a leak, with the hashes of its secrets by their name.
    private struct Kept {
        let prompt: [UInt8]
        let secrets: [String: Int]
    }

    private let bounds: SoundnessBounds
    private let claimed: Set<String>
    private var kept: [Kept] = []
    private var sightings: [String: Sightings] = [:]
    private var order: [String] = []

    /// - Parameter secrets: members of problems that are secret whatever they are called.
    init(bounds: SoundnessBounds, secrets: Set<String> = []) {
        self.bounds = bounds
        claimed = secrets
    }

    /// - Parameter reference: the answer that passes, if one is known and secret.
    mutating func look(at task: PracticeTask, reference: String?) {
        let prompt = Array(task.messages.map(\.content).joined(separator: "\n").utf8)
        let example = SoundnessReport.Example(level: task.level, seed: task.seed)
        var secrets: [(name: String, wordings: [String])] = []
        var shown: [String] = []
        if let reference { secrets.append(("the reference answer", [reference])) }
        for (member, value) in Secrets.members(of: task.problem, claimed: claimed) {
            let name = "the problem's \"\(member)\""
            secrets.append((name, Secrets.wordings(of: value)))
            if member.contains("_"), !prompt.places(of: Array(member.utf8)).isEmpty { shown.append(name) }
        }
        var hashes: [String: Int] = [:]
        for (name, wordings) in secrets {
            let wordings = wordings.map { Array(Answer($0).bytes) }.filter { !$0.isEmpty }
            guard !wordings.isEmpty else { continue }
            hashes[name] = wordings[0].hashValue
            look(for: wordings, called: name, in: prompt, example)
        }
        for name in shown {
            if sightings[name] == nil { order.append(name) }
            let count = sightings[name]?.named?.count ?? 0
            sightings[name, default: Sightings()].named = (count + 1, example)
        }
        if kept.count < Self.keptPrompts { kept.append(Kept(prompt: prompt, secrets: hashes)) }
    }

    private mutating func look(
        for wordings: [[UInt8]], called name: String, in prompt: [UInt8], _ example: SoundnessReport.Example
    ) {
        if sightings[name] == nil { order.append(name) }
        var seen = sightings[name] ?? Sightings()
        sightings[name] = nil
        seen.problems += 1
        let hash = wordings[0].hashValue
        seen.different.insert(hash)
        var here: [Surroundings: [UInt8]] = [:]
        var isLong = false
        for wording in wordings {
            let places = prompt.places(of: wording)
            if !places.isEmpty, wording.count >= bounds.longSecret { isLong = true }
            for place in places {
                let end = place + wording.count
                let before = prompt[max(0, place - Self.reach)..<place]
                let after = prompt[end..<min(prompt.count, end + Self.reach)]
                here[Surroundings(isBefore: true, bytes: Array(before))] = wording
                here[Surroundings(isBefore: false, bytes: Array(after))] = wording
            }
        }
        for (surroundings, wording) in here {
            guard seen.surroundings[surroundings] != nil || seen.problems <= Self.learnedFrom else { continue }
            seen.surroundings[surroundings, default: Sighting(example: example)].add(wording, of: hash)
        }
        if isLong {
            seen.long += 1
            seen.longExample = seen.longExample ?? example
        }
        sightings[name] = seen
    }

    var findings: [SoundnessReport.Finding] {
        order.compactMap { name in sightings[name].flatMap { finding(name, $0) } }
    }

    /// Whether most secrets stand there in most prompts, whatever their secret is.
    private func isOfTheRules(_ surroundings: Surroundings, _ sighting: Sighting, _ name: String) -> Bool {
        var constant = 0
        for (hash, wording) in sighting.wordings {
            let text = surroundings.isBefore ? surroundings.bytes + wording : wording + surroundings.bytes
            let others = kept.filter { $0.secrets[name].map { $0 != hash } ?? false }
            let holding = others.count { !$0.prompt.places(of: text).isEmpty }
            if !others.isEmpty, 2 * holding > others.count { constant += 1 }
        }
        return 2 * constant > sighting.wordings.count
    }

    private func finding(_ name: String, _ seen: Sightings) -> SoundnessReport.Finding? {
        if let named = seen.named {
            return .init(
                check: .leaks, severity: .error, sentence: "the prompt shows \(name) by its name", count: named.count,
                example: named.example)
        }
        let isJudged = seen.problems >= bounds.smallestSample && seen.different.count > 1
        let everywhere = seen.surroundings.filter { surroundings, sighting in
            Double(sighting.count) >= bounds.leak * Double(seen.problems)
                && sighting.different.count >= max(2, seen.different.count / 2)
                && !isOfTheRules(surroundings, sighting, name)
        }.values.max { $0.count < $1.count }
        if isJudged, let everywhere {
            return .init(
                check: .leaks, severity: .error,
                sentence: "the prompt says \(name), at the same place in "
                    + "\(everywhere.count) of \(seen.problems) prompts",
                count: everywhere.count, example: everywhere.example)
        }
        guard seen.problems >= bounds.smallestSample, Double(seen.long) > bounds.longLeak * Double(seen.problems) else {
            return nil
        }
        return .init(
            check: .leaks, severity: .warning,
            sentence: "\(name), \(bounds.longSecret) characters or more, stands in \(seen.long) of \(seen.problems) "
                + "prompts; is it meant to be found there?",
            count: seen.long, example: seen.longExample)
    }
}

extension [UInt8] {
    /// Where `word` begins, standing for itself: "12" is not found in "123".
    func places(of word: [UInt8]) -> [Int] {
        guard let first = word.first, let last = word.last, word.count <= count else { return [] }
        return withUnsafeBufferPointer { bytes in
            word.withUnsafeBufferPointer { word in
                (0...bytes.count - word.count).filter { place in
                    guard bytes[place] == first, bytes[place + word.count - 1] == last else { return false }
                    guard (1..<word.count).allSatisfy({ bytes[place + $0] == word[$0] }) else { return false }
                    let end = place + word.count
                    let isOpen = place > 0 && first.isWordByte && bytes[place - 1].isWordByte
                    return !isOpen && !(end < bytes.count && last.isWordByte && bytes[end].isWordByte)
                }
            }
        }
    }
}

extension UInt8 {
    fileprivate var isWordByte: Bool { isDigit || (self | 0x20) &- 0x61 < 26 || self >= 0x80 }
}
