import WhetCore

/// What is in a world whatever its task.
extension AppDraft {
    /// - Parameter level: of the task; there is more in the world of a higher one.
    init(level: Int, random given: RandomStream) {
        var random = given
        let now = AppTime(day: 20_513 + random.integer(0...240), minute: 510)
        let first = random.element(of: WorldWords.firstNames)
        let last = random.element(of: WorldWords.lastNames)
        let owner = AppWorld.Owner(name: "\(first) \(last)", email: Self.address(first, last, "home.example"))
        let accounts = App.signedInApps.map { app in
            AppWorld.Account(app: app, username: owner.email, password: Self.password(&random))
        }
        let world = AppWorld(owner: owner, now: now, accounts: accounts, tokenKey: random.next())
        self.init(world: world, random: random, level: level)
        addPeople(14 + 3 * level)
        addFiles(5 + 4 * level)
        addMail(8 + 7 * level)
        addEvents(6 + 4 * level)
        addShop(products: 24 + 10 * level, orders: 3 + 3 * level)
    }

    private static func address(_ first: String, _ last: String, _ host: String) -> String {
        "\(first.lowercased()).\(last.lowercased())@\(host)"
    }

    private static func password(_ random: inout RandomStream) -> String {
        let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")
        return String((0..<10).map { _ in random.element(of: letters) })
    }

    private mutating func addPeople(_ count: Int) {
        let (firsts, lasts) = (WorldWords.firstNames, WorldWords.lastNames)
        let relations =
            WorldWords.soleRelations + (0..<count).map { _ in random.element(of: WorldWords.relations) }
        var names: Set<String> = [world.owner.name]
        while world.contacts.count < count {
            let (first, last) = (random.element(of: firsts), random.element(of: lasts))
            guard names.insert("\(first) \(last)").inserted else { continue }
            let digits = (0..<7).map { _ in String(random.integer(0...9)) }.joined()
            let day = random.integer(1...28)
            let month = random.integer(1...12)
            world.contacts.append(
                Contact(
                    id: id(), name: "\(first) \(last)",
                    email: Self.address(first, last, random.element(of: WorldWords.hosts)),
                    phone: "555-\(digits.prefix(3))-\(digits.suffix(4))", relation: relations[world.contacts.count],
                    birthday: "\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"))
        }
    }

    private mutating func addFiles(_ count: Int) {
        let all = WorldWords.folders.flatMap { folder in WorldWords.fileNames.map { "\(folder)/\($0)" } }
        for index in random.sample(min(count, all.count), of: all.count) {
            world.files.append(StoredFile(path: all[index], content: text()))
        }
    }

    private mutating func addMail(_ count: Int) {
        for _ in 0..<count {
            let subject = "\(random.element(of: WorldWords.subjects)) \(random.element(of: WorldWords.topics))"
            let sender =
                random.chance(0.25)
                ? random.element(of: WorldWords.newsletters) : random.element(of: world.contacts).email
            if random.chance(0.2) {
                let time = AppTime(
                    day: world.now.day - random.integer(1...60), minute: random.integer(420...1260))
                world.mail.append(
                    Mail(
                        id: id(), folder: .sent, from: world.owner.email,
                        to: [random.element(of: world.contacts).email], subject: subject, body: text(), time: time))
            } else {
                plantMail(
                    from: sender, subject, text(), daysAgo: 1...60, folder: random.chance(0.2) ? .archive : .inbox)
            }
        }
    }

    private mutating func addEvents(_ count: Int) {
        for _ in 0..<count {
            let start = AppTime(
                day: world.now.day + random.integer(-12...28), minute: 30 * random.integer(16...36))
            let guests = random.sample(random.integer(0...3), of: world.contacts.count)
            let (title, minutes) = (title(), 30 * random.integer(1...4))
            plantEvent(
                title, at: start, minutes: minutes, location: random.element(of: WorldWords.places),
                attendees: guests.map { world.contacts[$0].email })
        }
    }

    private mutating func addShop(products count: Int, orders: Int) {
        let kinds = zip(Shop.categories, WorldWords.goods).flatMap { category, goods in
            goods.flatMap { good in WorldWords.adjectives.map { (category, "\($0) \(good)") } }
        }
        // Prices differ, so that one of a category is the cheapest.
        let prices = random.sample(count, of: 900)
        for (place, index) in random.sample(count, of: kinds.count).enumerated() {
            world.shop.products.append(
                Shop.Product(
                    id: id(), name: kinds[index].1, category: kinds[index].0, cents: 295 + 10 * prices[place],
                    rating: random.integer(25...50), stock: random.integer(12...60)))
        }
        let month = world.now.adding(days: 500).month
        world.shop.cards = [
            Shop.Card(id: id(), name: "Visa", expires: month), Shop.Card(id: id(), name: "Mastercard", expires: month),
            Shop.Card(id: id(), name: "Amex", expires: world.now.adding(days: -100).month),
        ].shuffled(using: &random)
        world.shop.addresses = [("home", "Mill Lane"), ("office", "Harbor Road"), ("parents", "Oak Street")]
            .map { name, street in
                Shop.Address(id: id(), name: name, text: "\(random.integer(1...99)) \(street)")
            }
        for _ in 0..<orders { addOrder(daysAgo: random.integer(3...120)) }
        for product in products(2) { world.shop.wishes.append(.init(product: product)) }
    }

    /// An order of one to three products.
    mutating func addOrder(daysAgo: Int) {
        let lines = products(random.integer(1...3)).map { product in
            Shop.CartLine(product: product, quantity: random.integer(1...3))
        }
        world.shop.orders.append(
            Shop.Order(
                id: id(), time: AppTime(day: world.now.day - daysAgo, minute: random.integer(420...1260)),
                lines: lines, card: "Visa", address: "home", status: daysAgo < 8 ? .shipped : .delivered))
    }

    /// Two sentences that say nothing.
    private mutating func text() -> String {
        random.sample(2, of: WorldWords.sentences.count).map { WorldWords.sentences[$0] }.joined(separator: " ")
    }
}

extension App {
    /// The apps that ask who is there.
    static let signedInApps = AppCatalog.apps.filter(\.needsLogin).map(\.name)
}
