import WhetEnvironments

extension EnvironmentResources {
    /// Those of the command that is running: `CommandRunner` closes them when it ends, however it ends.
    @TaskLocal static var ofCommand: EnvironmentResources?
}
