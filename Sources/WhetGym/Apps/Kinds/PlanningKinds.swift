import WhetCore

extension AppTaskKind {
    /// Events made of what other apps know.
    static let planningKinds = [
        AppTaskKind("invite_two", level: 3, apps: ["calendar", "contacts"], "make an event with two guests") { draft in
            let (guests, title, place) = (draft.people(2), draft.title(), draft.random.element(of: WorldWords.places))
            let start = draft.comingDay().adding(minutes: 15 * draft.random.integer(36...64))
            let end = start.adding(minutes: 15 * draft.random.integer(2...8))
            let words = "from \(start.clock) to \(end.clock) on \(start.date) at \(place)"
            return AppScenario(
                draft.phrase(
                    "Make an event \"\(title)\" \(words), with \(guests[0].name) and \(guests[1].name) as attendees.",
                    "Put \"\(title)\" into my calendar, \(words). Attendees: \(guests[0].name), \(guests[1].name).",
                    "\(guests[0].name) and \(guests[1].name) attend \"\(title)\" \(words); create the event."),
                ["title": .string(title)],
                [
                    .event(
                        title, start, end, ["location": .string(place)], guests: guests.map(\.email),
                        "the event is in the calendar with both")
                ]
            ) { program in
                let addresses = try guests.map { try program.contact($0.name)["email"] ?? .null }
                try program.call(
                    "calendar.create_event",
                    [
                        "title": .string(title), "start": .string(start.text), "end": .string(end.text),
                        "location": .string(place), "attendees": .array(addresses),
                    ])
            }
        },
        AppTaskKind(
            "event_from_mail", level: 3, apps: ["calendar", "contacts", "mail"], "make the event that a mail proposes"
        ) { draft in
            let (person, place) = (draft.person(), draft.random.element(of: WorldWords.places))
            let start = draft.comingDay().adding(minutes: 15 * draft.random.integer(36...64))
            let (title, length) = ("Lunch with \(person.name)", 15 * draft.random.integer(2...6))
            let end = start.adding(minutes: length)
            draft.plantMail(
                from: person.email, "Lunch",
                "How about lunch?\nWhen: \(start.text)\nMinutes: \(length)\nWhere: \(place)\n")
            return AppScenario(
                draft.phrase(
                    "\(person.name) proposes a lunch in the mail \"Lunch\". Put it into my calendar as \"\(title)\", "
                        + "with time, length and place as in the mail, and \(person.name) as attendee.",
                    "Create the event \"\(title)\" as \(person.name)'s mail \"Lunch\" says: start, minutes, where. "
                        + "\(person.name) is its attendee.",
                    "Read \(person.name)'s message \"Lunch\" and make the event that it proposes: title \"\(title)\", "
                        + "its place, and \(person.name) as the one attendee."),
                ["person": .string(person.name)],
                [
                    .event(
                        title, start, end, ["location": .string(place)], guests: [person.email],
                        "the lunch is in the calendar")
                ]
            ) { program in
                let address = try program.contact(person.name)["email"] ?? .null
                let body = try program.mail(from: address.string ?? "", about: "Lunch").text("body")
                let start = AppTime(body.between("When: ", "\n")) ?? AppTime(minutes: 0)
                let end = start.adding(minutes: Int(body.between("Minutes: ", "\n")) ?? 0)
                try program.call(
                    "calendar.create_event",
                    [
                        "title": .string(title), "start": .string(start.text), "end": .string(end.text),
                        "location": .string(body.between("Where: ", "\n")), "attendees": [address],
                    ])
            }
        },
        AppTaskKind(
            "birthday_event", level: 3, apps: ["calendar", "contacts"], "note a relation's next birthday"
        ) { draft in
            let relation = draft.random.element(of: WorldWords.soleRelations)
            let person = draft.sole(relation)
            let year = Int(draft.world.now.date.prefix(4)) ?? 0
            let isOver = person.birthday <= draft.world.now.date.dropFirst(5)
            let day = "\(isOver ? year + 1 : year)-\(person.birthday)"
            let title = "Birthday of \(person.name)"
            return AppScenario(
                draft.phrase(
                    "Put my \(relation)'s next birthday into my calendar: \"Birthday of …\" with the full name, "
                        + "from 09:00 to 10:00.",
                    "Make an event \"Birthday of …\" (first and last name) on the next birthday of my \(relation), "
                        + "09:00 to 10:00.",
                    "When is my \(relation)'s next birthday? Note it as an event from 09:00 to 10:00, titled "
                        + "\"Birthday of\" and the full name."),
                ["relation": .string(relation)],
                [
                    .added(
                        Event.table,
                        [
                            "title": .string(title), "start": .string("\(day)T09:00"),
                            "end": .string("\(day)T10:00"),
                        ], "the birthday is in the calendar")
                ]
            ) { program in
                let contact = try program.contact(whoIs: relation)
                let today = try program.call("owner.show_profile").text("now").prefix(10)
                let isOver = contact.text("birthday") <= today.dropFirst(5)
                let year = (Int(today.prefix(4)) ?? 0) + (isOver ? 1 : 0)
                let day = "\(year)-\(contact.text("birthday"))"
                try program.call(
                    "calendar.create_event",
                    [
                        "title": .string("Birthday of \(contact.text("name"))"), "start": .string("\(day)T09:00"),
                        "end": .string("\(day)T10:00"),
                    ])
            }
        },
        AppTaskKind(
            "agenda_file", level: 3, apps: ["calendar", "files"], "write a day's events into a file"
        ) { draft in
            let day = draft.comingDay()
            for index in 0..<draft.random.integer(2...4) {
                let title = draft.title()
                draft.plantEvent(title, at: day.adding(minutes: 1140 + 30 * index), minutes: 20)
            }
            let events = draft.world.events.filter { $0.start.date == day.date }.sorted {
                ($0.start, $0.id) < ($1.start, $1.id)
            }
            let path = "/notes/agenda-\(day.date).txt"
            let content = events.map { "\($0.start.clock) \($0.title)\n" }.joined()
            return AppScenario(
                draft.phrase(
                    "Write my events of \(day.date) into a new file \(path): a line for each by their start, such as "
                        + "\"09:30 Team talk\".",
                    "Make the file \(path) with the agenda of \(day.date): time and title (\"09:30 Team talk\") of "
                        + "each event, a line each, in the order in which they start.",
                    "I want \(path) to list what is on in my calendar on \(day.date), earliest first, in lines like "
                        + "\"09:30 Team talk\"."),
                ["day": .string(day.date)],
                [
                    .added(
                        StoredFile.table, ["path": .string(path), "content": .string(content)],
                        "the file has the agenda")
                ]
            ) { program in
                let day: JSONValue = .string(day.date)
                let events = try program.list("calendar.search_events", ["from_day": day, "to_day": day])
                let lines = events.map { "\($0.text("start").suffix(5)) \($0.text("title"))\n" }
                try program.call(
                    "files.create_file", ["path": .string(path), "content": .string(lines.joined())])
            }
        },
        AppTaskKind(
            "invite_from_file", level: 4, apps: ["calendar", "contacts", "files"],
            "add the people that a file lists to an event"
        ) { draft in
            let guests = draft.people(draft.random.integer(3...5))
            let (title, start) = (draft.title(), draft.comingDay().adding(minutes: 600))
            let event = draft.plantEvent(
                title, at: start, location: "the town hall", attendees: [draft.sole("manager").email])
            draft.plantFile("/notes/guests.txt", "Guests\n" + guests.map { "* \($0.name)\n" }.joined())
            let all = event.attendees + guests.map(\.email)
            return AppScenario(
                draft.phrase(
                    "Add everybody on the list /notes/guests.txt to the attendees of \"\(title)\", and keep who is "
                        + "there already.",
                    "The people in /notes/guests.txt come to \"\(title)\", too: put them among its attendees.",
                    "\"\(title)\" has more attendees: those listed in /notes/guests.txt. Add them to the event."),
                ["title": .string(title)],
                [
                    .changed(
                        event, ["attendees": .array(all.map(JSONValue.string))], "all guests are attendees")
                ]
            ) { program in
                let names = try program.read("/notes/guests.txt").split(separator: "\n").filter { $0.hasPrefix("* ") }
                let event = try program.event(title)
                var attendees = event["attendees"]?.array ?? []
                for name in names { attendees.append(try program.contact(String(name.dropFirst(2)))["email"] ?? .null) }
                try program.call(
                    "calendar.update_event",
                    ["event_id": event["event_id"] ?? .null, "attendees": .array(attendees)])
            }
        },
    ]
}

extension AppRequirement {
    /// A new event of the owner's.
    static func event(
        _ title: String, _ start: AppTime, _ end: AppTime, _ fields: JSONObject = [:], guests: [String], _ name: String
    ) -> AppRequirement {
        var all: JSONObject = [
            "title": .string(title), "start": .string(start.text), "end": .string(end.text),
            "attendees": .array(guests.map(JSONValue.string)),
        ]
        for (key, value) in fields { all[key] = value }
        return .added(Event.table, all, name)
    }
}
