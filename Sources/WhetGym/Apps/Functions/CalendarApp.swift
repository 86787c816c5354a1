import WhetCore

extension App {
    /// What takes place when.
    static let calendar = App(
        name: "calendar", summary: "the owner's events; times look like 2026-05-18T09:30, days like 2026-05-18",
        functions: [
            .login("calendar"),
            AppFunction(
                "calendar", "search_events", "Lists events by their start.",
                [
                    .text("query", "words in the title", isOptional: true),
                    .text("from_day", "the first day", isOptional: true),
                    .text("to_day", "the last day", isOptional: true),
                    .choice("response", "the owner's", of: responses, isOptional: true),
                ] + AppParameter.paging,
                returns: "a list of event_id, title, start, end, location, response"
            ) { world, arguments in
                let from = try arguments.time("from_day", dayOnly: true)
                let to = try arguments.time("to_day", dayOnly: true)?.adding(days: 1)
                let found = world.events.filter { event in
                    event.title.isFound(by: arguments.text("query")) && from.map { event.end > $0 } ?? true
                        && to.map { event.start < $0 } ?? true
                        && arguments.text("response").map { $0 == event.response.rawValue } ?? true
                }
                let shown: Set<String> = ["event_id", "title", "start", "end", "location", "response"]
                return arguments.page(
                    found.sorted { ($0.start, $0.id) < ($1.start, $1.id) }
                        .map { $0.json.filter { shown.contains($0.key) } })
            },
            AppFunction(
                "calendar", "show_event", "Shows an event whole.", [.integer("event_id", "the event's id")],
                returns: "event_id, title, start, end, location, attendees, notes, organizer, response"
            ) { world, arguments in .object(world.events[try world.event(arguments)].json) },
            AppFunction(
                "calendar", "create_event", "Makes an event of the owner's. Nobody is told.",
                [.text("title", "its title"), .text("start", "when"), .text("end", "until when")] + details,
                returns: "the new event"
            ) { world, arguments in
                guard world.events.count < mostEvents else { throw AppRefusal("there is no room for more events") }
                var event = Event(
                    id: (world.events.map(\.id).max() ?? 0) + 1, title: "", start: world.now, end: world.now,
                    location: "", attendees: [], notes: "", organizer: world.owner.email)
                try event.set(arguments)
                world.events.append(event)
                return .object(event.json)
            },
            AppFunction(
                "calendar", "update_event", "Changes what is given of an event, and leaves the rest.",
                [
                    .integer("event_id", "the event's id"), .text("title", "the new title", isOptional: true),
                    .text("start", "when", isOptional: true), .text("end", "until when", isOptional: true),
                ] + details, returns: "the changed event"
            ) { world, arguments in
                let place = try world.event(arguments)
                try world.events[place].set(arguments)
                return .object(world.events[place].json)
            },
            AppFunction(
                "calendar", "respond", "Accepts or declines an invitation.",
                [
                    .integer("event_id", "the event's id"),
                    .choice("response", "what to say", of: responses.filter { $0 != "pending" }),
                ], returns: "event_id, response"
            ) { world, arguments in
                let place = try world.event(arguments)
                guard let response = arguments.text("response").flatMap(Event.Response.init(rawValue:)) else {
                    throw AppRefusal("there is no such response")
                }
                guard world.events[place].organizer != world.owner.email else {
                    throw AppRefusal("event \(world.events[place].id) is the owner's own, and no invitation")
                }
                world.events[place].response = response
                return ["event_id": .integer(world.events[place].id), "response": .string(response.rawValue)]
            },
            AppFunction(
                "calendar", "delete_event", "Removes an event. Nobody is told.",
                [.integer("event_id", "the event's id")], returns: "deleted"
            ) { world, arguments in
                world.events.remove(at: try world.event(arguments))
                return ["deleted": true]
            },
        ])

    private static let mostEvents = 1000
    private static let responses = Event.Response.allCases.map(\.rawValue)
    private static let details: [AppParameter] = [
        .text("location", "where", isOptional: true),
        .texts("attendees", "addresses of who takes part besides the owner", isOptional: true),
        .text("notes", "what else there is to know", length: 5000, isOptional: true),
    ]
}

extension Event {
    /// - Throws: `AppRefusal` for an event that would end before it starts, and for what is no address.
    fileprivate mutating func set(_ arguments: AppArguments) throws {
        title = arguments.text("title") ?? title
        start = try arguments.time("start") ?? start
        end = try arguments.time("end") ?? end
        location = arguments.text("location") ?? location
        attendees = arguments.texts("attendees") ?? attendees
        notes = arguments.text("notes") ?? notes
        guard start < end else { throw AppRefusal("an event ends after it starts") }
        if let bad = attendees.first(where: { !$0.isAddress }) { throw AppRefusal("\"\(bad)\" is no mail address") }
    }
}

extension AppWorld {
    fileprivate func event(_ arguments: AppArguments) throws -> Int {
        let id = try arguments.required("event_id", AppArguments.integer)
        guard let place = events.firstIndex(where: { $0.id == id }) else { throw AppRefusal("there is no event \(id)") }
        return place
    }
}
