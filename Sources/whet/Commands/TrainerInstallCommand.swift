import ArgumentParser
import Foundation
import WhetBackends
import WhetCore
import WhetStore

struct TrainerInstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Install the PyTorch trainer.",
        discussion: """
            It gets a Python environment of its own in WHET_HOME/trainers/torch (otherwise runs/trainers/torch): \
            PyTorch, transformers and peft, some 2 GB, or 10 GB where there is an NVIDIA GPU. A recipe uses it by \
            trainer: torch. What is there already is not installed again, unless whet's own part of it changed.
            """)

    @Argument(help: "A trainer: torch.") var trainer: String
    @Option(help: ArgumentHelp("whet's folder trainers/torch, if it is elsewhere.", valueName: "folder"))
    var from: String?
    @Option(help: "The Python that it is installed with, 3.10 or later.") var python = "python3"
    @Option(
        help: ArgumentHelp(
            "Where pip finds PyTorch, otherwise the builds for this machine; pypi is pip's usual index.",
            valueName: "url"))
    var torchIndex: String?
    @Flag(help: "Install everything once more.") var again = false
    @OptionGroup var home: HomeOptions

    func run() async throws {
        guard trainer == "torch" else {
            throw UsageError(.unknownName(trainer, kind: "trainer to install", among: ["torch"]))
        }
        guard let source = from.map({ URL(filePath: $0, directoryHint: .isDirectory) }) ?? RepositoryFiles.torchTrainer
        else {
            throw UsageError(
                WhetError(
                    "whet's folder trainers/torch is not here",
                    expected: "it in this folder, in one above it or in one above whet itself",
                    remedy: "run whet in its repository, or give --from FOLDER"))
        }
        let installation = TorchInstallation(home: home.home().directory)
        let installer = TorchInstaller(
            installation, source: source, python: python,
            index: torchIndex.map { $0 == "pypi" ? .standard : .address($0) }
        ) { Output.complain($0) }
        let isAgain = again
        let work = Task { try await installer.install(again: isAgain) }
        let signals = InterruptSignals { work.cancel() }
        defer { withExtendedLifetime(signals) {} }
        if let found = try await work.value {
            Output.line("\(found), in \(installation.folder.path)")
        } else {
            Output.line("torch is installed already, in \(installation.folder.path)")
            Output.complain("--again installs it once more")
        }
    }
}
