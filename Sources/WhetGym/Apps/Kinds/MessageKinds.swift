import WhetCore

extension AppTaskKind {
    /// Messages that ask for what other apps know.
    static let messageKinds = [
        AppTaskKind(
            "answer_with_number", level: 3, apps: ["contacts", "mail"], "answer a mail that asks for a phone number"
        ) { draft in
            let (asker, wanted) = (draft.person(), draft.person())
            let subject = "Phone number"
            draft.plantMail(
                from: asker.email, subject, "Do you happen to have the phone number of \(wanted.name)? Thank you!")
            return AppScenario(
                draft.phrase(
                    "\(asker.name) wrote to me with the subject \"\(subject)\" and asks for something. "
                        + "Reply with what is asked for.",
                    "Answer \(asker.name)'s mail \"\(subject)\": my contacts know what is wanted.",
                    "Reply to \(asker.name)'s message \"\(subject)\" with the number that it asks for."),
                ["person": .string(asker.name)],
                [
                    .sent(
                        to: [asker.email], mentions: [wanted.phone], ["subject": .string("Re: \(subject)")],
                        "\(asker.name) has the number in a reply")
                ]
            ) { program in
                let address = try program.contact(asker.name).text("email")
                let message = try program.mail(from: address, about: subject)
                let name = message.text("body").between("number of ", "?")
                let phone = try program.contact(name).text("phone")
                try program.call(
                    "mail.reply",
                    [
                        "message_id": message["message_id"] ?? .null,
                        "body": .string("The number of \(name) is \(phone)."),
                    ])
            }
        },
        AppTaskKind(
            "answer_with_time", level: 3, apps: ["calendar", "contacts", "mail"],
            "answer a mail that asks when an event begins"
        ) { draft in
            let (asker, title, start) = (draft.person(), draft.title(), draft.comingDay())
            let event = draft.plantEvent(title, at: start.adding(minutes: 15 * draft.random.integer(36...60)))
            draft.plantMail(from: asker.email, "When?", "Tell me, when does \"\(title)\" begin? I forgot.")
            return AppScenario(
                draft.phrase(
                    "Reply to \(asker.name)'s mail \"When?\". Give date and time as my calendar shows them "
                        + "(YYYY-MM-DDTHH:MM).",
                    "\(asker.name) asks in the mail \"When?\" when something begins. Reply with the start in the "
                        + "calendar's form, such as 2026-05-18T09:30.",
                    "Answer \(asker.name)'s message \"When?\" with the event's start, written as 2026-05-18T09:30 is."),
                ["person": .string(asker.name)],
                [
                    .sent(
                        to: [asker.email], mentions: [event.start.text], ["subject": "Re: When?"],
                        "\(asker.name) has the time in a reply")
                ]
            ) { program in
                let address = try program.contact(asker.name).text("email")
                let message = try program.mail(from: address, about: "When?")
                let start = try program.event(message.text("body").between("does \"", "\"")).text("start")
                try program.call(
                    "mail.reply",
                    ["message_id": message["message_id"] ?? .null, "body": .string("It begins at \(start).")])
            }
        },
        AppTaskKind(
            "mail_file", level: 3, apps: ["contacts", "files", "mail"], "send a file to a relation"
        ) { draft in
            let file = draft.random.element(of: draft.world.files)
            let relation = draft.random.element(of: WorldWords.soleRelations)
            let person = draft.sole(relation)
            let subject = "The file \(file.name)"
            let attachment: JSONValue = ["name": .string(file.name), "content": .string(file.content)]
            return AppScenario(
                draft.phrase(
                    "Mail the file \(file.path) to my \(relation) as an attachment, with the subject \"\(subject)\".",
                    "My \(relation) needs \(file.path): send it as an attachment. Subject: \"\(subject)\".",
                    "Send my \(relation) a mail \"\(subject)\" that has \(file.path) attached."),
                ["relation": .string(relation), "path": .string(file.path)],
                [
                    .sent(
                        to: [person.email], ["subject": .string(subject), "attachments": [attachment]],
                        "the \(relation) was sent the file")
                ]
            ) { program in
                let address = try program.contact(whoIs: relation)["email"] ?? .null
                try program.call(
                    "mail.send_message",
                    [
                        "to": [address], "subject": .string(subject), "body": "Here it is.",
                        "attachment_paths": [.string(file.path)],
                        "files_access_token": try program.token(of: "files"),
                    ])
            }
        },
        AppTaskKind(
            "save_attachment", level: 3, apps: ["contacts", "files", "mail"], "save a mail's attachment as a file"
        ) { draft in
            let person = draft.person()
            let (name, path) = ("offer-\(draft.random.integer(10...99)).txt", "/documents/offers")
            let content = "We offer it for \(draft.random.integer(100...900)) dollars."
            draft.plantMail(
                from: person.email, "The offer", "See the attachment.",
                attachments: [.init(name: name, content: content), .init(name: "terms.txt", content: "Cash only.")])
            return AppScenario(
                draft.phrase(
                    "\(person.name) sent me a mail \"The offer\". Save its attachment that is called offer-… in "
                        + "\(path), under its name.",
                    "Save the offer (not the terms) attached to \(person.name)'s mail \"The offer\" to the folder "
                        + "\(path); keep the attachment's name.",
                    "Put the attachment offer-… of \(person.name)'s message \"The offer\" into \(path). Same name."),
                ["person": .string(person.name), "folder": .string(path)],
                [
                    .added(
                        StoredFile.table, ["path": .string("\(path)/\(name)"), "content": .string(content)],
                        "the offer is in the folder")
                ]
            ) { program in
                let address = try program.contact(person.name).text("email")
                let message = try program.mail(from: address, about: "The offer")
                let names = (message["attachments"]?.array ?? []).map { $0.text("name") }
                let name = names.first { $0.hasPrefix("offer") } ?? ""
                try program.call(
                    "mail.save_attachment",
                    [
                        "message_id": message["message_id"] ?? .null, "attachment": .string(name),
                        "path": .string("\(path)/\(name)"), "files_access_token": try program.token(of: "files"),
                    ])
            }
        },
        AppTaskKind(
            "number_from_mail", level: 3, apps: ["contacts", "mail"], "note a new phone number that a mail tells"
        ) { draft in
            let person = draft.person()
            let phone = "557-\(draft.random.integer(100...999))-\(draft.random.integer(1000...9999))"
            draft.plantMail(
                from: person.email, "I have moved", "Hello, my new phone number is \(phone). See you!", daysAgo: 1...9)
            draft.plantMail(
                from: person.email, "Greetings", "You can still reach me at \(person.phone).", daysAgo: 20...40)
            return AppScenario(
                draft.phrase(
                    "\(person.name) wrote to me about a new phone number. Put it into my contacts.",
                    "Update \(person.name)'s phone number in my contacts by the mail that tells the new one.",
                    "There is a mail from \(person.name) with a new phone number; change the contact accordingly."),
                ["person": .string(person.name)],
                [.changed(person, ["phone": .string(phone)], "\(person.name) has the new number")]
            ) { program in
                let contact = try program.contact(person.name)
                let message = try program.mail(from: contact.text("email"), about: "I have moved")
                try program.call(
                    "contacts.update_contact",
                    [
                        "contact_id": contact["contact_id"] ?? .null,
                        "phone": .string(message.text("body").between("number is ", ".")),
                    ])
            }
        },
        AppTaskKind(
            "forward_invoices", level: 4, apps: ["contacts", "mail"], needsPaging: true,
            "forward all invoices to the accountant and archive them"
        ) { draft in
            let accountant = draft.sole("accountant")
            let senders = draft.people(3)
            let count = draft.random.integer(4...7)
            let ids = (0..<count).map { _ in
                let number = draft.random.integer(100...999)
                return draft.plantMail(
                    from: draft.random.element(of: senders).email, "Invoice \(draft.id())",
                    "Please pay \(number) dollars.", daysAgo: 1...50)
            }
            let invoices = ids.map { draft.mail($0) }
            return AppScenario(
                draft.phrase(
                    "Forward every message of my inbox whose subject begins with \"Invoice\" to my accountant, and "
                        + "move it to the archive.",
                    "My accountant needs the invoices: forward all inbox mails with a subject \"Invoice …\", then "
                        + "archive these mails.",
                    "For each mail \"Invoice …\" in the inbox: forward it to my accountant, then put it into the "
                        + "archive."),
                [:],
                invoices.flatMap { mail -> [AppRequirement] in
                    [
                        .sent(
                            to: [accountant.email], mentions: [mail.body],
                            ["subject": .string("Fwd: \(mail.subject)")], "\(mail.subject) was forwarded"),
                        .changed(mail, ["folder": "archive"], "\(mail.subject) is archived"),
                    ]
                }
            ) { program in
                let address = try program.contact(whoIs: "accountant")["email"] ?? .null
                for message in try program.list("mail.search_messages", ["query": "Invoice"])
                where message.text("subject").hasPrefix("Invoice") {
                    let id = message["message_id"] ?? .null
                    try program.call("mail.forward", ["message_id": id, "to": [address]])
                    try program.call("mail.move_message", ["message_id": id, "folder": "archive"])
                }
            }
        },
    ]
}

extension String {
    /// What stands between two texts; empty where they do not stand in it.
    func between(_ first: String, _ last: String) -> String {
        guard let start = firstRange(of: first)?.upperBound,
            let end = self[start...].firstRange(of: last)?.lowerBound
        else { return "" }
        return String(self[start..<end])
    }
}
