import WhetCore

extension App {
    /// The address book. Needs no sign-in.
    static let contacts = App(
        name: "contacts", summary: "the owner's address book",
        functions: [
            AppFunction(
                "contacts", "search_contacts", "Lists people by name; all of them where nothing is asked for.",
                [
                    .text("query", "a part of the name", isOptional: true),
                    .text("relation", "such as manager, sister or friend", isOptional: true),
                ] + AppParameter.paging,
                returns: "a list of contact_id, name, email, phone, relation, birthday (MM-DD)", needsToken: false
            ) { world, arguments in
                let people = world.contacts.filter { contact in
                    contact.name.isFound(by: arguments.text("query"))
                        && contact.relation.isFound(by: arguments.text("relation"))
                }
                return arguments.page(people.sorted { $0.name < $1.name }.map(\.json))
            },
            AppFunction(
                "contacts", "show_contact", "Shows one person.", [.integer("contact_id", "the person's id")],
                returns: "contact_id, name, email, phone, relation, birthday", needsToken: false
            ) { world, arguments in .object(world.contacts[try world.contact(arguments)].json) },
            AppFunction(
                "contacts", "add_contact", "Adds a person.", [.text("name", "first and last name")] + fields,
                returns: "the new contact", needsToken: false
            ) { world, arguments in
                let name = try arguments.required("name", AppArguments.text)
                guard !world.contacts.contains(where: { $0.name == name }) else {
                    throw AppRefusal("there is a contact \(name) already")
                }
                var contact = Contact(
                    id: (world.contacts.map(\.id).max() ?? 0) + 1, name: name, email: "", phone: "", relation: "",
                    birthday: "")
                contact.set(arguments)
                world.contacts.append(contact)
                return .object(contact.json)
            },
            AppFunction(
                "contacts", "update_contact", "Changes what is given of a person, and leaves the rest.",
                [.integer("contact_id", "the person's id"), .text("name", "the new name", isOptional: true)] + fields,
                returns: "the changed contact", needsToken: false
            ) { world, arguments in
                let place = try world.contact(arguments)
                if let name = arguments.text("name") { world.contacts[place].name = name }
                world.contacts[place].set(arguments)
                return .object(world.contacts[place].json)
            },
            AppFunction(
                "contacts", "delete_contact", "Removes a person.", [.integer("contact_id", "the person's id")],
                returns: "deleted", needsToken: false
            ) { world, arguments in
                world.contacts.remove(at: try world.contact(arguments))
                return ["deleted": true]
            },
        ])

    private static let fields: [AppParameter] = [
        .text("email", "an address", isOptional: true), .text("phone", "a number", isOptional: true),
        .text("relation", "such as friend", isOptional: true), .text("birthday", "as MM-DD", isOptional: true),
    ]
}

extension Contact {
    fileprivate mutating func set(_ arguments: AppArguments) {
        email = arguments.text("email") ?? email
        phone = arguments.text("phone") ?? phone
        relation = arguments.text("relation") ?? relation
        birthday = arguments.text("birthday") ?? birthday
    }
}

extension AppWorld {
    fileprivate func contact(_ arguments: AppArguments) throws -> Int {
        let id = try arguments.required("contact_id", AppArguments.integer)
        guard let place = contacts.firstIndex(where: { $0.id == id }) else {
            throw AppRefusal("there is no contact \(id)")
        }
        return place
    }
}

extension String {
    /// Whether a part of it is what was searched for, whatever the case; always where nothing was.
    func isFound(by query: String?) -> Bool {
        guard let query, !query.isEmpty else { return true }
        return lowercased().contains(query.lowercased())
    }
}
