import Foundation
import WhetBackends
import WhetStore

/// Whether recipes can train with PyTorch here.
enum TrainerFinding {
    /// - Parameter source: the folder trainers/torch.
    static func finding(home: WhetHome, source: URL?) -> Finding {
        let installation = TorchInstallation(home: home.directory)
        let folder = installation.folder.path
        return switch installation.state(source: source) {
        case .whole: Finding("trainers", "torch", .good, "the PyTorch trainer, in \(folder)")
        case .outdated:
            Finding(
                "trainers", "torch", .lacking, "the PyTorch trainer in \(folder) is of another whet",
                remedy: "whet trainer install torch")
        case .missing:
            Finding(
                "trainers", "torch", .lacking, "not installed; recipes with trainer: torch need it",
                remedy: "whet trainer install torch")
        }
    }
}
