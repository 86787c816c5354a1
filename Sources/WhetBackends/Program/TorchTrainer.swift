/// How trainers/torch is started.
package enum TorchTrainer {
    /// The command for one process, or for several over which the weights are cut in shards.
    ///
    /// torchrun's own meeting point is on a port that is free (`--standalone`), so trainers do not meet each other's.
    ///
    /// - Parameters:
    ///   - python: that of an environment in which whet_torch is installed.
    ///   - processes: one for each GPU.
    package static func command(python: String, processes: Int = 1) -> [String] {
        let torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", String(processes)]
        return [python] + (processes > 1 ? torchrun : []) + ["-m", "whet_torch"]
    }
}
