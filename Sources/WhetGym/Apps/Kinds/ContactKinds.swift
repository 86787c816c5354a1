import WhetCore

extension AppTaskKind {
    /// The address book alone, which asks for no sign-in.
    static let contactKinds = [
        AppTaskKind("phone_number", level: 0, apps: ["contacts"], "say somebody's phone number") { draft in
            let person = draft.person()
            return AppScenario(
                draft.phrase(
                    "What is \(person.name)'s phone number?", "Look up the phone number of \(person.name) for me.",
                    "I need to call \(person.name). Which number do I dial?"),
                ["person": .string(person.name)], answer: .text(person.phone)
            ) { program in try program.contact(person.name).text("phone") }
        },
        AppTaskKind("address_of", level: 0, apps: ["contacts"], "say the mail address of a relation") { draft in
            let relation = draft.random.element(of: WorldWords.soleRelations)
            let person = draft.sole(relation)
            return AppScenario(
                draft.phrase(
                    "What is my \(relation)'s mail address?", "Tell me at which address I can write to my \(relation).",
                    "My \(relation)'s mail address, please."),
                ["relation": .string(relation)], answer: .text(person.email)
            ) { program in try program.contact(whoIs: relation).text("email") }
        },
        AppTaskKind("new_contact", level: 0, apps: ["contacts"], "add somebody to the address book") { draft in
            let digits = String(draft.random.integer(1_000_000...9_999_999))
            let phone = "555-\(digits.prefix(3))-\(digits.suffix(4))"
            let first = draft.random.element(of: WorldWords.firstNames)
            // No last name of the world.
            let name = "\(first) \(draft.random.element(of: ["Ferrari", "Goodwin", "Hale", "Lindqvist"]))"
            return AppScenario(
                draft.phrase(
                    "Add \(name), phone \(phone), to my contacts.", "Save a new contact: \(name), \(phone).",
                    "I met \(name) today; put the number \(phone) into my address book."),
                ["name": .string(name), "phone": .string(phone)],
                [
                    .added(
                        Contact.table, ["name": .string(name), "phone": .string(phone)],
                        "\(name) is in the contacts with the number")
                ]
            ) { program in
                try program.call("contacts.add_contact", ["name": .string(name), "phone": .string(phone)])
            }
        },
        AppTaskKind("new_phone_number", level: 0, apps: ["contacts"], "change somebody's phone number") { draft in
            let person = draft.person()
            let digits = String(draft.random.integer(1_000_000...9_999_999))
            let phone = "556-\(digits.prefix(3))-\(digits.suffix(4))"
            return AppScenario(
                draft.phrase(
                    "\(person.name) has a new phone number: \(phone). Note it in my contacts.",
                    "Change \(person.name)'s phone number to \(phone).",
                    "Please update my contacts, \(person.name) can now be reached at \(phone)."),
                ["person": .string(person.name), "phone": .string(phone)],
                [.changed(person, ["phone": .string(phone)], "\(person.name) has the new number")]
            ) { program in
                let id = try program.contact(person.name)["contact_id"] ?? .null
                try program.call("contacts.update_contact", ["contact_id": id, "phone": .string(phone)])
            }
        },
        AppTaskKind("remove_contact", level: 0, apps: ["contacts"], "remove somebody from the address book") { draft in
            let person = draft.person()
            return AppScenario(
                draft.phrase(
                    "Delete \(person.name) from my contacts.", "Remove \(person.name) from the address book.",
                    "I no longer need the contact \(person.name); get rid of it."),
                ["person": .string(person.name)], [.removed(person, "\(person.name) is no contact any more")]
            ) { program in
                let id = try program.contact(person.name)["contact_id"] ?? .null
                try program.call("contacts.delete_contact", ["contact_id": id])
            }
        },
    ]
}
