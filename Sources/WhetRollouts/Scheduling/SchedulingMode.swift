import WhetCore

/// When groups are opened, and what becomes of what is in flight: the part of scheduling that a recipe chooses by name.
///
/// A mode decides from counts alone, so it runs alike in a training and in the simulator. A new one is one value here.
public protocol SchedulingMode: Sendable {
    var name: String { get }

    /// How many groups may be open or ready at the moment; the scheduler opens what is missing, slots or not.
    func groups(_ view: SchedulerView) -> Int

    /// Whether what is in flight is interrupted and kept for later once a batch is complete.
    var stopsWhenBatchIsReady: Bool { get }

    /// Whether rollouts go on while the trainer works.
    var playsWhileTraining: Bool { get }

    var publication: PublicationManner { get }

    /// Whether groups are opened one at a time, because when they are depends on the clock.
    var opensOneByOne: Bool { get }
}

/// What happens to rollouts when new weights are to be published.
public enum PublicationManner: Sendable {
    /// Everything that was begun is played to its end first.
    case playedOut
    /// What is in flight is interrupted, and goes on under the new weights.
    case interrupting
}

/// What a mode decides from.
public struct SchedulerView: Hashable, Sendable {
    /// Groups of a batch.
    public var wanted: Int
    public var groupSize: Int
    public var ready: Int
    /// Opened and not complete.
    public var open: Int
    /// For which no rollout waits yet, those of groups that are being opened counted.
    public var freeSlots: Int
    /// Groups that the batch will lack, because they were filtered and are no longer replaced.
    public var shortage: Int
    /// Batches handed over.
    public var delivered: Int
    /// Batches still to be handed over.
    public var batchesLeft: Int
    /// Of the weights that were published last.
    public var version: Int
}

extension SchedulingMode {
    public var stopsWhenBatchIsReady: Bool { false }
    public var playsWhileTraining: Bool { false }
    public var publication: PublicationManner { .playedOut }
    public var opensOneByOne: Bool { false }
}

/// Waits for the last rollout of every step: on-policy, and as slow as the longest.
public struct Synchronous: SchedulingMode {
    public let name = "synchronous"

    public init() {}

    public func groups(_ view: SchedulerView) -> Int { view.wanted - view.shortage }
}

/// Opens more groups than a step needs, stops when enough are complete, and goes on with the rest in the next step.
///
/// Source: APRIL (arXiv 2509.18521). Unlike its code, groups complete beyond the step are trained next, continuations
/// are by ids, and what is in flight is aborted by request.
public struct APRIL: SchedulingMode {
    public let name = "april"
    /// Groups opened for each one wanted; at least 1.
    public let factor: Double

    public init(factor: Double = 2) { self.factor = factor }

    public func groups(_ view: SchedulerView) -> Int {
        max(view.wanted, Int((factor * Double(view.wanted)).rounded(.up))) - view.shortage
    }

    public var stopsWhenBatchIsReady: Bool { true }
    public var publication: PublicationManner { .interrupting }
}

/// Plays the next step's rollouts while this one's are trained on: every token is one version old, and none mixed.
public struct OneStepOff: SchedulingMode {
    public let name = "one_step_off"

    public init() {}

    public func groups(_ view: SchedulerView) -> Int { view.batchesLeft > 0 ? view.wanted - view.shortage : 0 }
    public var playsWhileTraining: Bool { true }
}

/// Keeps the servers full, whatever the trainer does; new weights are taken up in the middle of rollouts.
///
/// Keeps: no group is opened that could not be trained on within `staleness` versions if groups ended in order (as
/// AReaL, arXiv 2505.24298, bounds it): who trains slower than rollouts come holds them back.
public struct Asynchronous: SchedulingMode {
    public let name = "asynchronous"
    public let staleness: Int

    public init(staleness: Int) { self.staleness = staleness }

    public func groups(_ view: SchedulerView) -> Int {
        let batches = min(view.version + staleness + 1 - view.delivered, view.batchesLeft)
        let filling = view.ready + view.open + max(0, (view.freeSlots + view.groupSize - 1) / view.groupSize)
        return max(0, min(batches * view.wanted - view.shortage, filling))
    }

    public var playsWhileTraining: Bool { true }
    public var publication: PublicationManner { .interrupting }
    public var opensOneByOne: Bool { true }
}
