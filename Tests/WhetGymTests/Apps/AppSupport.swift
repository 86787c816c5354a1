import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

extension AppTaskKind: CustomTestStringConvertible {
    public var testDescription: String { name }

    /// Twenty tasks of a kind, in worlds of its level and of others.
    func tasks(_ seeds: Range<UInt64> = 0..<20) -> [AppTask] {
        seeds.map { AppTask(self, level: $0 % 2 == 0 ? level : Int($0) % (Self.hardest + 1), seed: $0) }
    }
}

extension AppTask {
    func score(_ world: AppWorld, _ answer: String?) -> Score { score(world, answer: answer, reward: .share) }
}

extension Result where Failure == AppRefusal {
    var refusal: String? { if case .failure(let refusal) = self { refusal.sentence } else { nil } }
}

/// A world to call functions in, signed in to all apps.
struct Hand {
    var world: AppWorld

    init(seed: UInt64 = 1, level: Int = 1) {
        world = AppTask(AppTaskKind.all[0], level: level, seed: seed).world
        for app in App.signedInApps { world.signedIn.insert(app) }
    }

    mutating func callAsFunction(_ name: String, _ arguments: JSONObject = [:]) -> Result<JSONValue, AppRefusal> {
        var arguments = arguments
        if let function = AppCatalog.function(named: name), function.needsToken, arguments["access_token"] == nil {
            arguments["access_token"] = .string(world.token(of: function.app))
        }
        return AppCatalog.call(name, arguments, in: &world)
    }
}
