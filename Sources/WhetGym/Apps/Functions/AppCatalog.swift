import WhetCore
import WhetEnvironments

/// An app: what it is for, and its functions.
struct App: Sendable {
    let name: String
    let summary: String
    let functions: [AppFunction]

    /// Whether it asks who is there.
    var needsLogin: Bool { functions.contains { $0.name == "login" } }
}

/// The apps that there are. The one place to add one, beside its own file.
enum AppCatalog {
    static let apps: [App] = [.docs, .owner, .contacts, .files, .mail, .calendar, .shop]

    static let functions: [AppFunction] = apps.flatMap(\.functions)

    private static let places = Dictionary(
        uniqueKeysWithValues: functions.enumerated().map { ($1.definition.name, $0) })

    /// - Parameter name: "app.function".
    static func function(named name: String) -> AppFunction? { places[name].map { functions[$0] } }

    /// Calls a function of the world.
    ///
    /// - Parameters:
    ///   - name: "app.function", untrusted as the arguments are.
    static func call(
        _ name: String, _ arguments: JSONObject, in world: inout AppWorld
    ) -> Result<JSONValue, AppRefusal> {
        if let function = function(named: name) { return function.call(&world, arguments) }
        return .failure(unknown(String(name.prefix(100))))
    }

    private static func unknown(_ name: String) -> AppRefusal {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        guard let app = apps.first(where: { $0.name == parts.first }) else {
            let list = apps.map(\.name).joined(separator: ", ")
            return AppRefusal("there is no app \"\(parts.first ?? "")\"; there are: \(list)")
        }
        let nearest = name.nearest(among: app.functions.map(\.definition.name))
        let guess = nearest.map { "; did you mean \($0)?" } ?? ""
        return AppRefusal("there is no function \"\(name)\"\(guess) api_docs.list_functions tells which there are")
    }
}

extension AppFunction {
    /// Of an app that asks who is there.
    static func login(_ app: String) -> AppFunction {
        AppFunction(
            app, "login", "Signs in. Every other function of \(app) takes the access token that it gives.",
            [.text("username", "the owner's, see owner.show_passwords"), .text("password", "that of this app")],
            returns: "access_token", needsToken: false
        ) { world, arguments in
            let account = world.accounts.first { $0.app == app }
            guard let account, arguments.text("username") == account.username,
                arguments.text("password") == account.password
            else { throw AppRefusal("username or password is wrong; owner.show_passwords has them") }
            world.signedIn.insert(app)
            return ["access_token": .string(world.token(of: app))]
        }
    }
}
