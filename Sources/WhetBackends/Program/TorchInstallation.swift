import Foundation
import WhetCore

/// trainers/torch in a Python environment of its own, under whet's home: `whet trainer install torch`.
///
/// Keeps: all of it lies in one folder, so removing that removes it; the marker goes first and comes back last, so an
/// installation that was interrupted is not taken for a whole one.
package struct TorchInstallation: Hashable, Sendable {
    /// `HOME/trainers/torch`.
    package let folder: URL

    /// - Parameter home: whet's home.
    package init(home: URL) {
        folder = home.appending(path: "trainers/torch", directoryHint: .isDirectory).absoluteURL.standardizedFileURL
    }

    /// The Python that has it.
    package var python: String { folder.appending(path: "bin/python").path }

    /// Written last: it is there if and only if every step succeeded.
    var marker: URL { folder.appending(path: "whet-trainer") }

    package enum State: Hashable, Sendable {
        case missing
        /// Of a whet with another trainers/torch.
        case outdated
        case whole
    }

    /// - Parameter source: the folder trainers/torch that it should be of; nil if that is not known here.
    package func state(source: URL?) -> State {
        guard let data = FileManager.default.contents(atPath: marker.path),
            FileManager.default.isExecutableFile(atPath: python)
        else { return .missing }
        guard let source else { return .whole }
        return String(decoding: data, as: UTF8.self) == Self.mark(of: source) ? .whole : .outdated
    }

    /// The Python to run it with.
    ///
    /// - Parameter source: as for `state`.
    /// - Throws: `WhetError` where it is not installed, or another than this whet's.
    package func installedPython(source: URL?) throws -> String {
        switch state(source: source) {
        case .whole: return python
        case .missing:
            throw WhetError(
                "the PyTorch trainer is not installed", at: folder.path,
                remedy: "whet trainer install torch, or name a Python that has it in trainer.python")
        case .outdated:
            throw WhetError(
                "the PyTorch trainer that is installed is not this whet's", at: folder.path,
                remedy: "whet trainer install torch, which installs what changed")
        }
    }

    /// What the marker says of a source: a number for its files, so that a changed one is installed anew.
    static func mark(of source: URL) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for file in files(of: source) {
            let data = FileManager.default.contents(atPath: source.appending(path: file).path) ?? Data()
            for byte in Array(file.utf8) + [0] + data + [0] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
        return "whet_torch \(String(hash, radix: 16))\n"
    }

    /// What of the folder trainers/torch is installed.
    static func files(of source: URL) -> [String] {
        let folder = source.appending(path: "whet_torch").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return ["pyproject.toml", "README.md"]
            + names.filter { $0.hasSuffix(".py") }.sorted().map { "whet_torch/\($0)" }
    }
}
