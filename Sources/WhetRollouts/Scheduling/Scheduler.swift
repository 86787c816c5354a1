import DequeModule
import HeapModule

/// Which rollouts are played when: the dispatcher's decisions without its clock, network or store.
///
/// Told what happened, it says what to do. The same value drives trainings (through `RolloutDispatcher`) and the
/// simulator.
///
/// Keeps:
/// - at most `slots` rollouts are in flight;
/// - a group is handed over once, whole: every member ended for good;
/// - a filtered group is replaced by exactly one new one, up to `refills` a batch;
/// - complete groups beyond a batch wait and are handed over next, the oldest first;
/// - interrupted rollouts go on before new ones start, the oldest first, in an order that no clock decides;
/// - nothing starts between `publish` and `published`; with a mode that interrupts, not from `preparePublication` on.
public struct Scheduler: Sendable {
    public struct Settings: Sendable {
        public var mode: any SchedulingMode
        public var groupsPerStep: Int
        public var groupSize: Int
        /// The most rollouts in flight.
        public var slots: Int
        /// How many filtered groups of a batch are replaced.
        public var refills: Int
        public var bound: StalenessBound
        /// Of the whole run.
        public var batches: Int

        public init(
            mode: any SchedulingMode, groupsPerStep: Int, groupSize: Int, slots: Int, refills: Int = 0,
            bound: StalenessBound = StalenessBound(), batches: Int = .max
        ) {
            self.mode = mode
            self.groupsPerStep = groupsPerStep
            self.groupSize = groupSize
            self.slots = slots
            self.refills = refills
            self.bound = bound
            self.batches = batches
        }
    }

    /// A rollout, by the number of its group and its place there.
    public struct Member: Hashable, Comparable, Sendable {
        public let group: Int
        public let index: Int

        public init(group: Int, index: Int) {
            self.group = group
            self.index = index
        }

        public static func < (left: Member, right: Member) -> Bool {
            (left.group, left.index) < (right.group, right.index)
        }
    }

    /// What is to be done; each is answered by the event that its line names.
    public enum Action: Hashable, Sendable {
        /// Draw tasks for so many new groups: `opened`.
        case open(Int)
        /// Play, going on from what is there: `ended`.
        case start(Member)
        /// Give up what there is of a rollout; a `start` follows when its turn comes.
        case restart(Member, reason: String)
        /// Interrupt: `ended`, with whatever it came to.
        case abort(Member)
        /// Leave the group out of training. Members in flight are aborted beside it.
        case drop(Int, reason: String)
        /// The batch that was asked for, complete.
        case deliver([Int])
        /// Nothing is in flight, or need be: publish, then `published`.
        case publish
    }

    struct Rollout: Sendable {
        enum State: Sendable { case waiting, inFlight, ended }
        var state = State.waiting
        var resumes = 0
        var oldest: Int?
    }

    struct Group: Sendable {
        var members: [Rollout]
        var left: Int
        var isDropped = false
    }

    public let settings: Settings
    public internal(set) var slots: Int
    /// Of the weights that were published last.
    public internal(set) var version: Int
    public internal(set) var delivered: Int
    var groups: [Int: Group] = [:]
    /// Opened and not complete, dropped ones not counted.
    var openCount = 0
    /// Asked for by `open`, and not there yet.
    var opening = 0
    /// Complete and kept.
    var ready: [Int] = []
    /// Filtered since the last batch.
    var filtered = 0
    /// Complete; whether they are kept is not known yet.
    var unjudged: Set<Int> = []
    var fresh: Deque<Member> = []
    var interrupted: Heap<Member> = []
    var inFlight: Set<Member> = []
    var aborting: Set<Member> = []
    var isDemanded = false
    var wasDemanded = false
    var isStopping = false
    var isClosing = false
    var publication = Publication.none
    var pending: [Action] = []

    enum Publication: Sendable { case none, prepared, underWay }

    /// - Parameters:
    ///   - version: of the weights on the servers.
    ///   - delivered: how many batches were handed over before this start.
    public init(_ settings: Settings, version: Int = 0, delivered: Int = 0) {
        precondition(settings.groupsPerStep > 0 && settings.groupSize > 0 && settings.slots > 0, "nothing to schedule")
        self.settings = settings
        self.version = version
        self.delivered = delivered
        slots = settings.slots
    }

    public var inFlightCount: Int { inFlight.count }
    public var readyCount: Int { ready.count }
    /// Groups opened and not complete.
    public var openGroups: Int { openCount }
    /// Rollouts that were interrupted and wait to go on.
    public var interruptedCount: Int { interrupted.count }
    /// Whether slots are free and no rollout waits for one.
    public var hasNothingToStart: Bool {
        inFlight.count < slots && fresh.isEmpty && interrupted.isEmpty && opening == 0
    }
    /// Numbers of all groups that were opened and neither handed over nor given up.
    public var outstanding: [Int] { groups.filter { !$0.value.isDropped }.keys.sorted() }

    var view: SchedulerView {
        SchedulerView(
            wanted: settings.groupsPerStep, groupSize: settings.groupSize, ready: ready.count + unjudged.count,
            open: openCount + opening,
            freeSlots: max(0, slots - inFlight.count - fresh.count - interrupted.count - opening * settings.groupSize),
            shortage: settings.groupsPerStep - batchSize, delivered: delivered,
            batchesLeft: settings.batches - delivered, version: version)
    }

    /// How many groups the batch has to have: fewer than wanted once filtered groups are no longer replaced.
    var batchSize: Int { max(0, settings.groupsPerStep - max(0, filtered - settings.refills)) }
}
