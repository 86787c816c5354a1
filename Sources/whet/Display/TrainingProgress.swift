import WhetTraining

/// What is known of a run that is under way: the sum of its events.
struct TrainingProgress: Sendable {
    /// A count out of so many.
    struct Count: Sendable {
        var done: Int
        var of: Int
        var share: Double { of > 0 ? min(1, Double(done) / Double(of)) : 1 }
    }

    private(set) var run = ""
    private(set) var warmup: Count?
    private(set) var warmupLoss: Double?
    private(set) var training: Count?
    private(set) var lastStep: TrainingEvent.StepFinished?
    private(set) var evaluations: [TrainingEvent.Evaluated] = []
    private(set) var rewards: [Double] = []
    private(set) var notice: String?
    /// Whether anything was interrupted, kept or off policy so far; in a synchronous run nothing ever is.
    private var isOverlapped = false
    /// Of the last steps, for the time left.
    private var secondsOfSteps: [Double] = []

    mutating func apply(_ event: TrainingEvent) {
        switch event {
        case .runStarted(let event):
            run = event.run
            training = Count(done: event.resumedAt, of: event.steps)
        case .warmupStep(let event):
            warmup = Count(done: event.step, of: event.of)
            warmupLoss = event.loss
        case .stepFinished(let event):
            training = Count(done: event.step, of: event.of)
            lastStep = event
            rewards.append(event.reward)
            secondsOfSteps = (secondsOfSteps + [event.seconds]).suffix(10)
            isOverlapped = isOverlapped || Self.signsOfOverlap.contains { event.metrics[$0, default: 0] > 0 }
        case .evaluated(let event): evaluations.append(event)
        case .notice(let text): notice = text
        case .published, .finished: break
        }
    }

    /// Seconds that the steps still to come will take, if they go on as the last ten did; nil before the first.
    var secondsLeft: Double? {
        guard let training, !secondsOfSteps.isEmpty else { return nil }
        return secondsOfSteps.reduce(0, +) / Double(secondsOfSteps.count) * Double(training.of - training.done)
    }

    /// Sampled by the policy in the last step.
    var tokensPerSecond: Double? {
        lastStep.flatMap { $0.seconds > 0 ? Double($0.tokens) / $0.seconds : nil }
    }

    private static let signsOfOverlap = [
        "schedule/ready_groups", "schedule/interrupted_rollouts", "schedule/off_policy_share", "schedule/resumes_max",
    ]

    /// What the last step left and had of earlier ones: "4 ready, 12 interrupted, 31 % off policy, 0.20 resumes";
    /// groups, rollouts, a share of tokens, a mean over rollouts. Nil as long as all rollouts were played for their own
    /// step and to their ends.
    var collection: String? {
        guard isOverlapped, let metrics = lastStep?.metrics else { return nil }
        func number(_ name: String) -> Double { metrics["schedule/\(name)", default: 0] }
        return "\(number("ready_groups").compact) ready, \(number("interrupted_rollouts").compact) interrupted, "
            + "\((number("off_policy_share") * 100).fixed(0)) % off policy, \(number("resumes_mean").fixed(2)) resumes"
    }
}
