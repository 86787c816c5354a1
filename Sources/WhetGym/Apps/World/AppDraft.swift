import WhetCore

/// A world while it is made, and what a task plants in it.
///
/// Keeps: the same level and stream make the same world. Ids tell nothing: planted things are numbered as others are.
struct AppDraft {
    var world: AppWorld
    var random: RandomStream
    let level: Int
    private var ids: Set<Int> = []
    private var takenPeople: Set<Int> = []

    init(world: AppWorld, random: RandomStream, level: Int) {
        self.world = world
        self.random = random
        self.level = level
    }

    /// A number that nothing else has.
    mutating func id() -> Int {
        while true {
            let id = random.integer(1000...9999)
            if ids.insert(id).inserted { return id }
        }
    }

    /// One of several ways to say it.
    mutating func phrase(_ wordings: String...) -> String { random.element(of: wordings) }

    /// Somebody whom the task has nothing to do with yet.
    mutating func person() -> Contact {
        let free = world.contacts.filter {
            WorldWords.relations.contains($0.relation) && !takenPeople.contains($0.id)
        }
        let person = random.element(of: free)
        takenPeople.insert(person.id)
        return person
    }

    mutating func people(_ count: Int) -> [Contact] { (0..<count).map { _ in person() } }

    /// The only one who is that to the owner.
    func sole(_ relation: String) -> Contact {
        world.contacts.first { $0.relation == relation } ?? world.contacts[0]
    }

    /// A day after today.
    mutating func comingDay(within days: ClosedRange<Int> = 2...20) -> AppTime {
        AppTime(day: world.now.day + random.integer(days))
    }

    /// A message that came in before today.
    ///
    /// - Returns: its id.
    @discardableResult mutating func plantMail(
        from: String, _ subject: String, _ body: String, daysAgo: ClosedRange<Int> = 1...40,
        attachments: [Mail.Attachment] = [], isRead: Bool? = nil, folder: Mail.Folder = .inbox
    ) -> Int {
        let id = id()
        let time = AppTime(
            day: world.now.day - random.integer(daysAgo), minute: random.integer(420...1260))
        world.mail.append(
            Mail(
                id: id, folder: folder, from: from, to: [world.owner.email], subject: subject, body: body, time: time,
                isRead: isRead ?? random.chance(0.7), attachments: attachments))
        return id
    }

    mutating func plantFile(_ path: String, _ content: String) {
        world.files.removeAll { $0.path == path }
        world.files.append(StoredFile(path: path, content: content))
    }

    /// An event of the owner's, or one that `organizer` invites to.
    @discardableResult mutating func plantEvent(
        _ title: String, at start: AppTime, minutes: Int = 60, location: String = "", attendees: [String] = [],
        notes: String = "", organizer: String? = nil
    ) -> Event {
        let event = Event(
            id: id(), title: title, start: start, end: start.adding(minutes: minutes), location: location,
            attendees: attendees, notes: notes, organizer: organizer ?? world.owner.email,
            response: organizer == nil ? .accepted : .pending)
        world.events.append(event)
        return event
    }

    /// A title that no event has.
    mutating func title() -> String {
        while true {
            let title = "\(random.element(of: WorldWords.gatherings)) about \(random.element(of: WorldWords.topics))"
            if !world.events.contains(where: { $0.title == title }) { return title }
        }
    }

    /// Products that differ.
    mutating func products(_ count: Int) -> [Shop.Product] {
        random.sample(count, of: world.shop.products.count).map { world.shop.products[$0] }
    }

    /// Orders the list anew, so that what was planted does not stand at the end.
    mutating func shuffle() {
        world.contacts.shuffle(using: &random)
        world.files.shuffle(using: &random)
        world.mail.shuffle(using: &random)
        world.events.shuffle(using: &random)
        world.shop.products.shuffle(using: &random)
        world.shop.orders.shuffle(using: &random)
    }
}
