import WhetCore
import WhetStore

/// Where everything of a rollout timeline stands: rows in the order in which they are drawn, times in seconds from the
/// start of the first rollout.
///
/// Keeps:
/// - the members of a group stand together; groups, and members within one, are in the order of their starts;
/// - the pieces of a row follow each other without overlap, and together fill it from its start to its end;
/// - the same rollouts give the same layout, in whatever order they come.
struct TimelineLayout: Equatable {
    /// What a rollout did during a part of its time.
    enum Activity: Hashable {
        /// This version sampled for it.
        case sampled(PolicyVersion)
        /// It waited for its environment's reply, its score, or its first request.
        case environment
        /// It was interrupted and had not gone on.
        case interrupted
        /// It was being played, and the store has no times of its requests.
        case unknown

        /// The version that sampled; nil where none did.
        var version: PolicyVersion? {
            if case .sampled(let version) = self { version } else { nil }
        }
    }

    struct Piece: Equatable {
        var activity: Activity
        var times: ClosedRange<Double>
    }

    struct Row: Equatable {
        var id: RolloutID
        var status: Rollout.Status
        var reason: String?
        var step: Int?
        var resumes: Int
        var pieces: [Piece]
        /// When it was interrupted.
        var interruptions: [Double]
        /// When it ended, or was interrupted last if it still waits.
        var end: Double
    }

    /// Something that concerns all rollouts.
    struct Event: Equatable {
        var time: Double
        var name: String
    }

    var rows: [Row] = []
    /// Rows of one group each.
    var groups: [Range<Int>] = []
    var publications: [Event] = []
    var handOvers: [Event] = []
    var duration = 0.0
    /// When the picture begins, in seconds since 1970.
    var origin = 0.0

    /// - Parameters:
    ///   - publications: when new weights came to be, in seconds since 1970, as all times here.
    ///   - handOvers: when steps got their rollouts.
    init(_ rollouts: [RolloutTimes], publications: [Event] = [], handOvers: [Event] = []) {
        // Times that are none are left out.
        let sound = rollouts.filter { $0.startedAt.isFinite && $0.finishedAt.isFinite }
        guard let first = sound.map(\.startedAt).min() else { return }
        origin = first
        let ends = sound.map { max($0.finishedAt, $0.pieces.lastTime ?? $0.finishedAt) }
        duration = max(0, (ends.max() ?? first) - first)
        let groups = Dictionary(grouping: sound, by: \.id.group).values.map { members in
            members.sorted { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) }
        }
        for members in groups.sorted(by: { ($0[0].startedAt, $0[0].id) < ($1[0].startedAt, $1[0].id) }) {
            self.groups.append(rows.count..<rows.count + members.count)
            rows += members.map { Row($0, origin: origin, duration: duration) }
        }
        func shown(_ events: [Event]) -> [Event] {
            events.map { Event(time: $0.time - origin, name: $0.name) }
                .filter { (0...duration).contains($0.time) }.sorted { ($0.time, $0.name) < ($1.time, $1.name) }
        }
        self.publications = shown(publications)
        self.handOvers = shown(handOvers)
    }

    /// Whether any row says which version sampled when.
    var hasSpanTimes: Bool { !versions.isEmpty }

    /// The versions that sampled, the oldest first.
    var versions: [PolicyVersion] {
        Set(rows.flatMap(\.pieces).compactMap(\.activity.version)).sorted { $0.number < $1.number }
    }

    /// Round times for an axis, at most `most` and one more, 0 first.
    func ticks(most: Int) -> [Double] {
        guard duration > 0, most > 0 else { return [0] }
        var power = 1e-6
        while true {
            for factor in [1.0, 2, 5] where duration / (power * factor) <= Double(most) {
                let distance = power * factor
                return (0...Int(duration / distance)).map { Double($0) * distance }
            }
            power *= 10
        }
    }
}

extension TimelineLayout.Row {
    fileprivate init(_ times: RolloutTimes, origin: Double, duration: Double) {
        var pieces: [TimelineLayout.Piece] = []
        var interruptions: [Double] = []
        var cursor = times.startedAt - origin
        func fill(to time: Double, _ activity: TimelineLayout.Activity) {
            guard time > cursor else { return }
            pieces.append(.init(activity: activity, times: cursor...time))
            cursor = time
        }
        let requests = times.pieces.requests
        // More interruptions than there are seams: one came before the first token.
        let seams = requests.count { $0.followsInterruption }
        var gap = times.resumes > seams ? TimelineLayout.Activity.interrupted : .environment
        for request in requests {
            guard let span = request.times else { continue }
            if request.followsInterruption {
                interruptions.append(cursor)
                gap = .interrupted
            }
            fill(to: span.lowerBound - origin, gap)
            fill(to: span.upperBound - origin, .sampled(request.version))
            gap = .environment
        }
        let hasTimes = requests.isEmpty || requests.contains { $0.times != nil }
        fill(to: times.finishedAt - origin, hasTimes ? .environment : .unknown)
        end = cursor
        if times.status == .aborted {
            interruptions.append(cursor)
            fill(to: duration, .interrupted)
        }
        self.pieces = pieces
        self.interruptions = interruptions
        id = times.id
        status = times.status
        reason = times.reason
        step = times.step
        resumes = times.resumes
    }
}

/// A policy span, and whether it went on where the one before it was interrupted.
private struct Request {
    var version: PolicyVersion
    var times: ClosedRange<Double>?
    var followsInterruption: Bool
}

extension [RolloutTimes.Piece] {
    /// Two policy spans with nothing of the environment between them are one turn that was interrupted.
    fileprivate var requests: [Request] {
        var requests: [Request] = []
        var isOpen = false
        for piece in self {
            switch piece {
            case .environment: isOpen = false
            case .policy(let version, let times):
                requests.append(Request(version: version, times: times, followsInterruption: isOpen))
                isOpen = true
            }
        }
        return requests
    }

    fileprivate var lastTime: Double? { requests.compactMap(\.times?.upperBound).max() }
}
