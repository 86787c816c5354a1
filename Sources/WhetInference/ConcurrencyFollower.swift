/// Has the cap on requests in flight follow what the servers say.
public struct ConcurrencyFollower: Sendable {
    /// Whose load is followed.
    public let server: any InferenceServer
    /// Of the controller.
    public let settings: ConcurrencyController.Settings
    /// Between two questions.
    public let interval: Duration

    public init(
        following server: any InferenceServer, _ settings: ConcurrencyController.Settings,
        every interval: Duration = .seconds(1)
    ) {
        self.server = server
        self.settings = settings
        self.interval = interval
    }

    /// Asks again and again, until the task is cancelled. A server that does not answer changes nothing.
    ///
    /// - Parameter changed: told the controller at the beginning, and whenever its cap has changed, with the load that
    ///   changed it.
    public func run(changed: @Sendable (ConcurrencyController, ServerLoad?) async -> Void) async {
        var controller = ConcurrencyController(settings)
        await changed(controller, nil)
        while !Task.isCancelled {
            do { try await Task.sleep(for: interval) } catch { return }
            guard let load = try? await server.load() else { continue }
            let before = controller.cap
            if controller.observe(load) != before { await changed(controller, load) }
        }
    }
}
