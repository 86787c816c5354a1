import WhetCore

/// A kind of task: in any world it can plant what it needs, say what it wants, and judge what became of it.
struct AppTaskKind: Sendable {
    let name: String
    /// How hard it is, from 0.
    let level: Int
    /// The apps that a solution calls, but for the owner's profile and the documentation.
    let apps: [String]
    /// In one line.
    let summary: String
    /// Whether a solution goes through more than a page of a list.
    let needsPaging: Bool
    let make: @Sendable (inout AppDraft) -> AppScenario

    init(
        _ name: String, level: Int, apps: [String], needsPaging: Bool = false, _ summary: String,
        make: @escaping @Sendable (inout AppDraft) -> AppScenario
    ) {
        self.name = name
        self.level = level
        self.apps = apps
        self.needsPaging = needsPaging
        self.summary = summary
        self.make = make
    }

    /// All kinds, the easier first. The one place to add one, beside where it is written.
    static let all: [AppTaskKind] =
        (contactKinds + fileKinds + mailKinds + calendarKinds + shopKinds + messageKinds + planningKinds + buyingKinds
        + longKinds).sorted { ($0.level, $0.name) < ($1.level, $1.name) }

    static var hardest: Int { all.map(\.level).max() ?? 0 }

    /// Those of a level.
    static func kinds(ofLevel level: Int) -> [AppTaskKind] { all.filter { $0.level == level } }
}
