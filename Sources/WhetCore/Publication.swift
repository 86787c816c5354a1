import Foundation

/// A policy version as a trainer published it, for inference servers to take up.
///
/// Keeps: what lies in a directory says which of the three it is, so a run that goes on knows it again.
public enum Publication: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case directory, adapter, remote
    }

    /// A Hugging Face model directory, which servers read anew.
    case directory(URL)
    /// A LoRA adapter in peft's form, which servers load beside the base model.
    case adapter(URL)
    /// Weights that the trainer's own service holds and samples from.
    case remote(RemotePolicy)

    public var kind: Kind {
        switch self {
        case .directory: .directory
        case .adapter: .adapter
        case .remote: .remote
        }
    }

    /// What lies in the directory; one that cannot be seen from here is for servers that can.
    ///
    /// - Throws: `WhetError` for a remote policy that cannot be read.
    public init(directory: URL) throws {
        func has(_ name: String) -> Bool {
            FileManager.default.fileExists(atPath: directory.appending(path: name).path(percentEncoded: false))
        }
        if has(RemotePolicy.fileName) {
            self = .remote(try RemotePolicy(directory: directory))
        } else {
            self = has("adapter_config.json") ? .adapter(directory) : .directory(directory)
        }
    }
}

/// Where a service keeps weights that it both trains and samples from.
public struct RemotePolicy: Hashable, Sendable, Codable {
    /// The file in a published directory that holds this as JSON.
    public static let fileName = "remote.json"

    /// The service's address, without secrets.
    public var service: String
    /// What the service calls the weights, such as `tinker://MODEL/sampler_weights/NAME`.
    public var path: String
    /// What the service calls the model beneath them.
    public var baseModel: String

    public init(service: String, path: String, baseModel: String) {
        self.service = service
        self.path = path
        self.baseModel = baseModel
    }

    private enum CodingKeys: String, CodingKey {
        case service, path
        case baseModel = "base_model"
    }

    /// - Throws: `WhetError` that names the file.
    public init(directory: URL) throws {
        let file = directory.appending(path: Self.fileName)
        do {
            self = try JSONValue(parsing: Array(Data(contentsOf: file))).decoded(as: Self.self)
        } catch {
            var refusal = WhetError(
                "the remote policy's file cannot be read", at: file.path(percentEncoded: false), because: error)
            refusal.expected = "a JSON object with service, path and base_model"
            throw refusal
        }
    }
}
