import WhetCore

extension AppTaskKind {
    /// The calendar alone.
    static let calendarKinds = [
        AppTaskKind("cancel_event", level: 1, apps: ["calendar"], "delete an event") { draft in
            let event = draft.random.element(of: draft.world.events)
            return AppScenario(
                draft.phrase(
                    "Delete the event \"\(event.title)\" from my calendar.",
                    "\"\(event.title)\" does not take place; remove it from the calendar.",
                    "Take \"\(event.title)\" out of my calendar."),
                ["title": .string(event.title)], [.removed(event, "the event is gone")]
            ) { program in
                let id = try program.event(event.title)["event_id"] ?? .null
                try program.call("calendar.delete_event", ["event_id": id])
            }
        },
        AppTaskKind("place_of_event", level: 1, apps: ["calendar"], "say where an event takes place") { draft in
            let event = draft.random.element(of: draft.world.events)
            return AppScenario(
                draft.phrase(
                    "Where does \"\(event.title)\" take place?",
                    "Look up the location of \"\(event.title)\" in my calendar.",
                    "To which place do I have to go for \"\(event.title)\"?"),
                ["title": .string(event.title)], answer: .text(event.location)
            ) { program in try program.event(event.title).text("location") }
        },
        AppTaskKind("delay_event", level: 2, apps: ["calendar"], "move an event by some time") { draft in
            let event = draft.random.element(of: draft.world.events)
            let minutes = 15 * draft.random.integer(1...12)
            let (start, end) = (event.start.adding(minutes: minutes), event.end.adding(minutes: minutes))
            return AppScenario(
                draft.phrase(
                    "\"\(event.title)\" starts \(minutes) minutes later. Move it; it lasts as long as before.",
                    "Move the event \"\(event.title)\" back by \(minutes) minutes without changing how long it is.",
                    "Let \"\(event.title)\" begin and end \(minutes) minutes later than planned."),
                ["title": .string(event.title), "minutes": .integer(minutes)],
                [
                    .changed(
                        event, ["start": .string(start.text), "end": .string(end.text)],
                        "the event is \(minutes) minutes later")
                ]
            ) { program in
                let found = try program.event(event.title)
                func later(_ key: String) -> JSONValue {
                    AppTime(found.text(key)).map { .string($0.adding(minutes: minutes).text) } ?? .null
                }
                try program.call(
                    "calendar.update_event",
                    ["event_id": found["event_id"] ?? .null, "start": later("start"), "end": later("end")])
            }
        },
        AppTaskKind("clear_day", level: 2, apps: ["calendar"], "delete all events of a day") { draft in
            let day = draft.comingDay()
            for index in 0..<draft.random.integer(2...4) {
                let title = draft.title()
                draft.plantEvent(title, at: day.adding(minutes: 540 + 90 * index), location: "Room 2")
            }
            let events = draft.world.events.filter { $0.start.date == day.date }
            return AppScenario(
                draft.phrase(
                    "I am ill on \(day.date): delete all events of that day from my calendar.",
                    "Clear my calendar on \(day.date).", "Remove every event that is on \(day.date)."),
                ["day": .string(day.date)], events.map { .removed($0, "\"\($0.title)\" is gone") }
            ) { program in
                let day: JSONValue = .string(day.date)
                for event in try program.list("calendar.search_events", ["from_day": day, "to_day": day]) {
                    try program.call("calendar.delete_event", ["event_id": event["event_id"] ?? .null])
                }
            }
        },
        AppTaskKind(
            "longest_event", level: 2, apps: ["calendar"], needsPaging: true, "say which coming event is the longest"
        ) { draft in
            let (title, start) = (draft.title(), draft.comingDay().adding(minutes: 480))
            draft.plantEvent(title, at: start, minutes: 30 * draft.random.integer(6...12))
            for _ in 0..<4 {
                let (title, start) = (draft.title(), draft.comingDay().adding(minutes: 600))
                draft.plantEvent(title, at: start, minutes: 45)
            }
            return AppScenario(
                draft.phrase(
                    "Which of the events from today on takes the longest? Tell me its title.",
                    "What is the title of my longest event from today on?",
                    "Find the event with the most time between start and end, from today on. I want its title."),
                [:], answer: .text(title)
            ) { program in
                let today = try program.call("owner.show_profile").text("now").prefix(10)
                let events = try program.list("calendar.search_events", ["from_day": .string(String(today))])
                func length(_ event: JSONValue) -> Int {
                    (AppTime(event.text("end"))?.minutes ?? 0) - (AppTime(event.text("start"))?.minutes ?? 0)
                }
                return events.max { length($0) < length($1) }?.text("title") ?? ""
            }
        },
        AppTaskKind(
            "decline_clashes", level: 3, apps: ["calendar"], "answer all invitations by whether they fit in"
        ) { draft in
            let guests = draft.people(4)
            var wanted: [(Event, Event.Response)] = []
            for (index, guest) in guests.enumerated() {
                let day = AppTime(day: draft.world.now.day + 30 + index)
                let (mine, theirs) = (draft.title(), "\(guest.name)'s invitation")
                draft.plantEvent(mine, at: day.adding(minutes: 600), minutes: 90, location: "Room 1")
                let clashes = index == 0 || (index > 1 && draft.random.chance(0.5))
                let start = day.adding(minutes: clashes ? 630 : 690)
                let event = draft.plantEvent(theirs, at: start, organizer: guest.email)
                wanted.append((event, clashes ? .declined : .accepted))
            }
            return AppScenario(
                draft.phrase(
                    "Answer my pending invitations: decline each that overlaps another event of my calendar, accept "
                        + "the others.",
                    "Go through the invitations that I have not answered. Where I am busy at the time, decline; "
                        + "otherwise accept.",
                    "Accept every pending invitation for which I am free, and decline those that clash with an event."),
                [:],
                wanted.map { event, response in
                    .changed(
                        event, ["response": .string(response.rawValue)], "\"\(event.title)\" is \(response.rawValue)")
                }
            ) { program in
                for event in try program.list("calendar.search_events", ["response": "pending"]) {
                    let day: JSONValue = .string(String(event.text("start").prefix(10)))
                    let others = try program.list("calendar.search_events", ["from_day": day, "to_day": day])
                    let clashes = others.contains { other in
                        other["event_id"] != event["event_id"] && other.text("start") < event.text("end")
                            && event.text("start") < other.text("end")
                    }
                    try program.call(
                        "calendar.respond",
                        [
                            "event_id": event["event_id"] ?? .null,
                            "response": clashes ? "declined" : "accepted",
                        ])
                }
            }
        },
    ]
}
