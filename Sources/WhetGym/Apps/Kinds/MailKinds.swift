import WhetCore

extension AppTaskKind {
    /// Mail, with the address book where a name has to become an address.
    static let mailKinds = [
        AppTaskKind("star_message", level: 1, apps: ["mail"], "put a star on a message") { draft in
            let person = draft.person()
            let subject = "Directions to \(draft.random.element(of: WorldWords.places))"
            let id = draft.plantMail(from: person.email, subject, "Take the second street on the left.")
            let message = draft.mail(id)
            return AppScenario(
                draft.phrase(
                    "Star the message \"\(subject)\" in my inbox.", "Put a star on the mail \"\(subject)\".",
                    "The inbox has a message \"\(subject)\"; mark it with a star."),
                ["subject": .string(subject)], [.changed(message, ["is_starred": true], "the message has a star")]
            ) { program in
                let found = try program.find(
                    "mail.search_messages", ["query": .string(subject)], where: "subject", is: subject)
                try program.call(
                    "mail.mark_message", ["message_id": found["message_id"] ?? .null, "is_starred": true])
            }
        },
        AppTaskKind("send_mail", level: 1, apps: ["contacts", "mail"], "write a mail to somebody") { draft in
            let person = draft.person()
            let place = draft.random.element(of: WorldWords.places)
            let subject = "Tomorrow"
            let body = "Let us meet at \(place) at \(draft.random.integer(10...18)):00."
            return AppScenario(
                draft.phrase(
                    "Write a mail to \(person.name) with the subject \"\(subject)\" and the text \"\(body)\"",
                    "Send \(person.name) this mail. Subject: \"\(subject)\". Text: \"\(body)\"",
                    "Mail \(person.name): \"\(body)\" The subject is \"\(subject)\"."),
                ["person": .string(person.name)],
                [
                    .sent(
                        to: [person.email], ["subject": .string(subject), "body": .string(body)],
                        "\(person.name) was sent the mail")
                ]
            ) { program in
                try program.send(body, subject: subject, to: [try program.contact(person.name).text("email")])
            }
        },
        AppTaskKind(
            "count_mail", level: 2, apps: ["contacts", "mail"], needsPaging: true,
            "count the messages of somebody in the inbox"
        ) { draft in
            let person = draft.person()
            draft.plantLetters(6...9 + draft.level, from: person)
            let count = draft.world.mail.count { $0.folder == .inbox && $0.from == person.email }
            return AppScenario(
                draft.phrase(
                    "How many messages from \(person.name) are in my inbox?",
                    "Count the mails in my inbox that \(person.name) sent.",
                    "Tell me the number of inbox messages that came from \(person.name)."),
                ["person": .string(person.name)], answer: .number(Double(count))
            ) { program in
                let address = try program.contact(person.name).text("email")
                return String(try program.mail(from: address).count)
            }
        },
        AppTaskKind(
            "archive_mail", level: 2, apps: ["contacts", "mail"], needsPaging: true,
            "archive all messages of somebody"
        ) { draft in
            let person = draft.person()
            draft.plantLetters(6...8, from: person)
            let letters = draft.world.mail.filter { $0.folder == .inbox && $0.from == person.email }
            return AppScenario(
                draft.phrase(
                    "Move everything from \(person.name) in my inbox to the archive.",
                    "Archive all inbox messages that \(person.name) sent me.",
                    "Clear my inbox of \(person.name)'s mails: put them all into the archive."),
                ["person": .string(person.name)],
                letters.map { .changed($0, ["folder": "archive"], "message \($0.id) is archived") }
            ) { program in
                let address = try program.contact(person.name).text("email")
                for message in try program.mail(from: address) {
                    try program.call(
                        "mail.move_message", ["message_id": message["message_id"] ?? .null, "folder": "archive"])
                }
            }
        },
        AppTaskKind(
            "empty_newsletters", level: 2, apps: ["mail"], "delete a newsletter's messages, but not starred ones"
        ) { draft in
            let sender = draft.random.element(of: WorldWords.newsletters)
            for index in 0..<draft.random.integer(3...5) {
                let id = draft.plantMail(from: sender, "Issue \(index + 1)", "All that is new.")
                if index == 0, let place = draft.world.mail.firstIndex(where: { $0.id == id }) {
                    draft.world.mail[place].isStarred = true
                }
            }
            let letters = draft.world.mail.filter { $0.folder == .inbox && $0.from == sender && !$0.isStarred }
            return AppScenario(
                draft.phrase(
                    "Delete all messages from \(sender) in my inbox for good, except for starred ones.",
                    "Remove every inbox mail that \(sender) sent and that has no star. Delete them, don't move them.",
                    "I am tired of \(sender): delete its messages from the inbox, but keep those with a star."),
                ["sender": .string(sender)],
                letters.map { .removed($0, "message \($0.id) is deleted") }
            ) { program in
                for message in try program.mail(from: sender) where message["is_starred"] == false {
                    try program.call("mail.delete_message", ["message_id": message["message_id"] ?? .null])
                }
            }
        },
    ]
}

extension AppDraft {
    /// So many messages of somebody in the inbox, besides what is there.
    mutating func plantLetters(_ counts: ClosedRange<Int>, from person: Contact) {
        for _ in 0..<random.integer(counts) {
            let subject = "\(random.element(of: WorldWords.subjects)) \(random.element(of: WorldWords.topics))"
            plantMail(from: person.email, subject, random.element(of: WorldWords.sentences), daysAgo: 1...60)
        }
    }

    /// The message of this id, which is there.
    func mail(_ id: Int) -> Mail { world.mail.first { $0.id == id } ?? world.mail[0] }
}
