import WhetBackends
import WhetCore
import WhetInference
import WhetRollouts
import WhetStore

/// What a run works with, put together by whoever knows the kinds: the command line, a test.
public struct TrainingComponents: Sendable {
    public var store: RolloutStore
    public var home: WhetHome
    public var backend: any TrainerBackend
    /// Holds the frozen policy, for algorithms that compare with one; nil for all others.
    public var reference: (any TrainerBackend)?
    public var server: any InferenceServer
    public var format: ChatFormat
    public var curriculum: Curriculum
    public var environments: EpisodePlayer.EnvironmentLookup
    /// Runs the programs of environments whose tasks agents solve; nil where there are none.
    public var agents: (any AgentHost)?
    /// The longest sequence that the policy takes.
    public var maximumContext: Int

    public init(
        store: RolloutStore, home: WhetHome, backend: any TrainerBackend, reference: (any TrainerBackend)? = nil,
        server: any InferenceServer, format: ChatFormat, curriculum: Curriculum,
        environments: @escaping EpisodePlayer.EnvironmentLookup,
        agents: (any AgentHost)? = nil, maximumContext: Int
    ) {
        self.store = store
        self.home = home
        self.backend = backend
        self.reference = reference
        self.server = server
        self.format = format
        self.curriculum = curriculum
        self.environments = environments
        self.agents = agents
        self.maximumContext = maximumContext
    }
}
