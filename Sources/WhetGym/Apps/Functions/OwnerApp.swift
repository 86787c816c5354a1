import WhetCore

extension App {
    /// Who the apps belong to. Needs no sign-in.
    static let owner = App(
        name: "owner", summary: "the person whose apps these are: profile, passwords, today's date",
        functions: [
            AppFunction(
                "owner", "show_profile", "Shows who the owner is, and what time it is.",
                returns: "name, email, now, weekday", needsToken: false
            ) { world, _ in
                [
                    "name": .string(world.owner.name), "email": .string(world.owner.email),
                    "now": .string(world.now.text), "weekday": .string(world.now.weekday),
                ]
            },
            AppFunction(
                "owner", "show_passwords", "Lists the owner's accounts, one for each app that asks who is there.",
                returns: "a list of app, username, password", needsToken: false
            ) { world, _ in
                .array(
                    world.accounts.map { account in
                        [
                            "app": .string(account.app), "username": .string(account.username),
                            "password": .string(account.password),
                        ]
                    })
            },
        ])

    /// What the apps can do. Needs no sign-in.
    static let docs = App(
        name: "api_docs", summary: "which apps and functions there are",
        functions: [
            AppFunction(
                "api_docs", "list_apps", "Lists the apps.", returns: "a list of app, description", needsToken: false
            ) { _, _ in
                .array(AppCatalog.apps.map { ["app": .string($0.name), "description": .string($0.summary)] })
            },
            AppFunction(
                "api_docs", "list_functions", "Lists the functions of an app.", [.text("app", "such as mail")],
                returns: "a list of function, description, parameters (optional ones with a ?)", needsToken: false
            ) { _, arguments in
                let app = try app(named: try arguments.required("app", AppArguments.text))
                return .array(
                    app.functions.map { function in
                        [
                            "function": .string(function.name),
                            "description": .string(function.definition.description),
                            "parameters": .string(function.parameterList),
                        ]
                    })
            },
            AppFunction(
                "api_docs", "describe_function", "Says all about a function.",
                [.text("app", "such as mail"), .text("function", "such as login")],
                returns: "name, description, parameters as a JSON schema, returns", needsToken: false
            ) { _, arguments in
                let app = try app(named: try arguments.required("app", AppArguments.text))
                let name = try arguments.required("function", AppArguments.text)
                guard let function = app.functions.first(where: { $0.name == name }) else {
                    let list = app.functions.map(\.name).joined(separator: ", ")
                    throw AppRefusal("\(app.name) has no function \"\(name.prefix(60))\"; it has: \(list)")
                }
                return [
                    "function": .string(function.definition.name),
                    "description": .string(function.definition.description),
                    "parameters": function.definition.parameters, "returns": .string(function.returns),
                ]
            },
        ])

    private static func app(named name: String) throws -> App {
        guard let app = AppCatalog.apps.first(where: { $0.name == name }) else {
            let list = AppCatalog.apps.map(\.name).joined(separator: ", ")
            throw AppRefusal("there is no app \"\(name.prefix(60))\"; there are: \(list)")
        }
        return app
    }
}

extension AppFunction {
    /// "query, page_index?, page_limit?"
    var parameterList: String {
        let required = Set((definition.parameters["required"]?.array ?? []).compactMap(\.string))
        return parameterNames.map { required.contains($0) ? $0 : "\($0)?" }.joined(separator: ", ")
    }

    var parameterNames: [String] { definition.parameters["properties"]?.object?.keys.elements ?? [] }
}
