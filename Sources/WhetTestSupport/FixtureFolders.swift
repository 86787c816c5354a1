import Foundation

/// Where tests find what peers computed.
public enum FixtureFolders {
    /// `Tests/Fixtures` of this checkout.
    public static let own = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Tests/Fixtures")

    /// It, and the folder named in WHET_FIXTURES if there is one, with the same layout.
    public static let all = [own, ProcessInfo.processInfo.environment["WHET_FIXTURES"].map { URL(filePath: $0) }]
        .compactMap { $0 }.filter { FileManager.default.fileExists(atPath: $0.path) }

    /// A model directory: a small Qwen3 with its tokenizer and chat template.
    public static let qwen3 = own.appending(path: "models/qwen3")
}
