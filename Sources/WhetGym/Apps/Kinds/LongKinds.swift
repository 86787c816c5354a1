import WhetCore

extension AppTaskKind {
    /// Many calls over three apps or more.
    static let longKinds = [
        AppTaskKind(
            "cancel_day", level: 4, apps: ["calendar", "mail"], "delete a day's events and tell who would have come"
        ) { draft in
            let day = AppTime(day: draft.world.now.day + draft.random.integer(32...40))
            let events = (0..<draft.random.integer(2...3)).map { index in
                let (title, guests) = (draft.title(), draft.people(draft.random.integer(1...2)))
                return draft.plantEvent(
                    title, at: day.adding(minutes: 540 + 120 * index), location: "Room 9",
                    attendees: guests.map(\.email))
            }
            return AppScenario(
                draft.phrase(
                    "I cannot come on \(day.date). For each event of that day, send one mail to all its attendees "
                        + "together, subject \"Cancelled: \" and the event's title, then delete the event.",
                    "Cancel my events on \(day.date): mail the attendees of each (one mail an event, to all of them, "
                        + "titled \"Cancelled: TITLE\") and remove the events from the calendar.",
                    "Nothing takes place on \(day.date). Tell the attendees, event by event, in one mail with the "
                        + "subject \"Cancelled: \" followed by the title, and delete these events."),
                ["day": .string(day.date)],
                events.flatMap { event -> [AppRequirement] in
                    [
                        .sent(
                            to: event.attendees, ["subject": .string("Cancelled: \(event.title)")],
                            "who would have come to \"\(event.title)\" knows"),
                        .removed(event, "\"\(event.title)\" is gone"),
                    ]
                }
            ) { program in
                let day: JSONValue = .string(day.date)
                for entry in try program.list("calendar.search_events", ["from_day": day, "to_day": day]) {
                    let id = entry["event_id"] ?? .null
                    let event = try program.call("calendar.show_event", ["event_id": id])
                    try program.send(
                        "It does not take place.", subject: "Cancelled: \(event.text("title"))",
                        to: (event["attendees"]?.array ?? []).compactMap(\.string))
                    try program.call("calendar.delete_event", ["event_id": id])
                }
            }
        },
        AppTaskKind(
            "follow_the_trail", level: 4, apps: ["calendar", "contacts", "files", "mail"],
            "a mail names an event, its notes a file, the file what to answer"
        ) { draft in
            let (person, title) = (draft.person(), draft.title())
            let number = draft.id()
            let path = "/documents/room-\(draft.random.integer(100...999)).txt"
            let start = draft.comingDay().adding(minutes: 660)
            draft.plantEvent(title, at: start, location: "the studio", notes: "All about it is in \(path)")
            draft.plantFile(path, "Seats: \(draft.random.integer(20...90))\nBooking number: \(number)\n")
            draft.plantMail(
                from: person.email, "Booking", "I need the booking number for \"\(title)\". It must be in the file "
                    + "that the event's notes name.")
            return AppScenario(
                draft.phrase(
                    "Reply to \(person.name)'s mail \"Booking\" with what it asks for.",
                    "\(person.name) needs something, see the mail \"Booking\". Find it and reply.",
                    "Do as \(person.name)'s message \"Booking\" asks: look it up and answer by reply."),
                ["person": .string(person.name)],
                [
                    .sent(
                        to: [person.email], amounts: [Double(number)], ["subject": "Re: Booking"],
                        "\(person.name) has the booking number")
                ]
            ) { program in
                let address = try program.contact(person.name).text("email")
                let message = try program.mail(from: address, about: "Booking")
                let event = try program.event(message.text("body").between("for \"", "\""))
                let path = event.text("notes").split(separator: " ").last.map(String.init) ?? ""
                let number = try program.read(path).between("number: ", "\n")
                try program.call(
                    "mail.reply",
                    [
                        "message_id": message["message_id"] ?? .null,
                        "body": .string("The booking number is \(number)."),
                    ])
            }
        },
        AppTaskKind(
            "share_costs", level: 5, apps: ["contacts", "files", "mail"],
            "tell everybody of a file what they owe"
        ) { draft in
            let people = draft.people(draft.random.integer(3...5))
            let costs = people.map { _ in (0..<2).map { _ in draft.random.integer(250...4950) } }
            var lines: [String] = []
            for (person, amounts) in zip(people, costs) {
                lines += amounts.map { "\(person.name) owes $\($0.dollarText)\n" }
            }
            lines.shuffle(using: &draft.random)
            draft.plantFile("/notes/dinner.txt", lines.joined())
            return AppScenario(
                draft.phrase(
                    "/notes/dinner.txt says who owes me what. Mail each of them the sum of all that they owe, subject "
                        + "\"Dinner\", each in a mail of their own.",
                    "Add up for each person in /notes/dinner.txt what they owe me, and send each of them a mail "
                        + "\"Dinner\" with their total.",
                    "Ask for my money back: everybody in /notes/dinner.txt gets a mail of their own, subject "
                        + "\"Dinner\", that says how much they owe in all."),
                [:],
                zip(people, costs).map { person, amounts in
                    .sent(
                        to: [person.email], amounts: [Double(amounts.reduce(0, +)) / 100], ["subject": "Dinner"],
                        "\(person.name) knows the sum")
                }
            ) { program in
                var names: [String] = []
                var sums: [String: Double] = [:]
                for line in try program.read("/notes/dinner.txt").split(separator: "\n").map(String.init) {
                    let name = line.firstRange(of: " owes").map { String(line[..<$0.lowerBound]) } ?? ""
                    if sums[name] == nil { names.append(name) }
                    sums[name, default: 0] += Double(line.split(separator: "$").last ?? "") ?? 0
                }
                for name in names {
                    let address = try program.contact(name).text("email")
                    let sum = Int(((sums[name] ?? 0) * 100).rounded()).dollarText
                    try program.send("You owe me \(sum) dollars.", subject: "Dinner", to: [address])
                }
            }
        },
        AppTaskKind(
            "plan_party", level: 5, apps: ["calendar", "contacts", "files", "mail", "shop"],
            "make a party by a file: the event, an order, an invitation to each guest"
        ) { draft in
            let guests = draft.people(draft.random.integer(3...4))
            let items = draft.products(2).map { ($0, draft.random.integer(1...4)) }
            let (payment, place) = (draft.payment(), draft.random.element(of: WorldWords.places))
            let start = draft.comingDay().adding(minutes: 15 * draft.random.integer(64...76))
            let end = start.adding(minutes: 180)
            draft.plantFile("/notes/party-shopping.txt", items.map { "\($1) x \($0.name)\n" }.joined())
            draft.plantFile(
                "/notes/party.txt",
                "Start: \(start.text)\nEnd: \(end.text)\nPlace: \(place)\n"
                    + guests.map { "Guest: \($0.name)\n" }.joined())
            return AppScenario(
                draft.phrase(
                    "Prepare my party by /notes/party.txt: make the event \"Party\" with its times, place and guests; "
                        + "send each guest a mail of their own, subject \"Party\", that says when it starts (as the "
                        + "file writes it); and order what /notes/party-shopping.txt lists, in one order with my "
                        + "\(payment.card) to \(payment.address).",
                    "A party is coming up. /notes/party.txt has times, place and guests: create the calendar event "
                        + "\"Party\" (guests as attendees) and mail each guest separately, subject \"Party\", with the "
                        + "start as it stands in the file. Order all of /notes/party-shopping.txt at once: card "
                        + "\(payment.card), address \(payment.address)."),
                [:],
                [
                    .event(
                        "Party", start, end, ["location": .string(place)], guests: guests.map(\.email),
                        "the party is in the calendar"),
                    .ordered(items, payment, "the shopping is ordered"),
                ]
                    + guests.map {
                        AppRequirement.sent(
                            to: [$0.email], mentions: [start.text], ["subject": "Party"], "\($0.name) is invited")
                    }
            ) { program in
                let plan = try program.read("/notes/party.txt")
                let guests = plan.split(separator: "\n").filter { $0.hasPrefix("Guest: ") }
                var addresses: [String] = []
                for guest in guests {
                    addresses.append(try program.contact(String(guest.dropFirst(7))).text("email"))
                }
                let start = plan.between("Start: ", "\n")
                try program.call(
                    "calendar.create_event",
                    [
                        "title": "Party", "start": .string(start), "end": .string(plan.between("End: ", "\n")),
                        "location": .string(plan.between("Place: ", "\n")),
                        "attendees": .array(addresses.map(JSONValue.string)),
                    ])
                let items = try program.shoppingList("/notes/party-shopping.txt")
                _ = try program.buy(items, card: payment.card, address: payment.address)
                for address in addresses {
                    try program.send("You are invited at \(start).", subject: "Party", to: [address])
                }
            }
        },
        AppTaskKind(
            "postpone_by_mail", level: 5, apps: ["calendar", "contacts", "mail"],
            "move the event that a mail asks to move, tell the other attendees, and reply"
        ) { draft in
            let guests = draft.people(4)
            let (title, start) = (draft.title(), draft.comingDay().adding(minutes: 600))
            let event = draft.plantEvent(
                title, at: start, minutes: 45, location: "Room 3", attendees: guests.map(\.email))
            let days = draft.random.integer(1...6)
            let (later, end) = (start.adding(days: days), event.end.adding(days: days))
            draft.plantMail(
                from: guests[0].email, "Please postpone",
                "I cannot come to \"\(title)\". Could it be \(days) days later, at the same time of day?")
            return AppScenario(
                draft.phrase(
                    "Do what \(guests[0].name)'s mail \"Please postpone\" asks for: move the event, reply with the new "
                        + "start, and tell each other attendee in a mail of their own, subject \"New time\". Write the "
                        + "start as the calendar does (2026-05-18T09:30).",
                    "\(guests[0].name) wants something postponed, see the mail \"Please postpone\". Move it in the "
                        + "calendar; reply to the mail with the new start; send every other attendee a separate mail "
                        + "\"New time\" with it. The start looks like 2026-05-18T09:30."),
                ["person": .string(guests[0].name)],
                [
                    .changed(
                        event, ["start": .string(later.text), "end": .string(end.text)], "the event is moved"),
                    .sent(
                        to: [guests[0].email], mentions: [later.text], ["subject": "Re: Please postpone"],
                        "\(guests[0].name) has a reply"),
                ]
                    + guests.dropFirst().map {
                        AppRequirement.sent(
                            to: [$0.email], mentions: [later.text], ["subject": "New time"],
                            "\($0.name) knows the new time")
                    }
            ) { program in
                let address = try program.contact(guests[0].name).text("email")
                let message = try program.mail(from: address, about: "Please postpone")
                let body = message.text("body")
                let event = try program.event(body.between("to \"", "\""))
                let days = Int(body.between("it be ", " days")) ?? 0
                func later(_ key: String) -> String { AppTime(event.text(key))?.adding(days: days).text ?? "" }
                try program.call(
                    "calendar.update_event",
                    [
                        "event_id": event["event_id"] ?? .null, "start": .string(later("start")),
                        "end": .string(later("end")),
                    ])
                let words = "The new time is \(later("start"))."
                try program.call(
                    "mail.reply", ["message_id": message["message_id"] ?? .null, "body": .string(words)])
                for other in (event["attendees"]?.array ?? []).compactMap(\.string) where other != address {
                    try program.send(words, subject: "New time", to: [other])
                }
            }
        },
    ]
}
