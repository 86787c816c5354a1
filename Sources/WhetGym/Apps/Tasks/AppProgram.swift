import WhetCore

/// The hands of a reference solution: calls functions one after the other, and notes what it called.
struct AppProgram {
    struct Call: Hashable, Sendable {
        let name: String
        let arguments: JSONObject
        let result: JSONValue
    }

    private(set) var world: AppWorld
    private(set) var calls: [Call] = []
    private var tokens: [String: JSONValue] = [:]
    private var passwords: [JSONValue]?

    init(in world: AppWorld) { self.world = world }

    /// Calls a function, signed in to its app where that is needed.
    ///
    /// - Throws: `WhetError` with what it was refused for: a reference solution makes no mistakes.
    @discardableResult mutating func call(_ name: String, _ arguments: JSONObject = [:]) throws -> JSONValue {
        guard let function = AppCatalog.function(named: name) else {
            throw WhetError("a solution calls \(name), which there is not")
        }
        var arguments = arguments
        if function.needsToken { arguments["access_token"] = try token(of: function.app) }
        switch function.call(&world, arguments) {
        case .success(let value):
            calls.append(Call(name: name, arguments: arguments, result: value))
            return value
        case .failure(let refusal): throw WhetError("\(name) refused a solution: \(refusal.sentence)")
        }
    }

    /// The access token of an app, which is signed in to when it is first needed.
    mutating func token(of app: String) throws -> JSONValue {
        if let token = tokens[app] { return token }
        let accounts = try passwords ?? call("owner.show_passwords").array ?? []
        passwords = accounts
        guard let account = accounts.first(where: { $0["app"]?.string == app }) else {
            throw WhetError("there is no account for \(app)")
        }
        let login = try call(
            "\(app).login", ["username": account["username"] ?? .null, "password": account["password"] ?? .null])
        let token = login["access_token"] ?? .null
        tokens[app] = token
        return token
    }

    /// All pages of a list.
    mutating func list(_ name: String, _ arguments: JSONObject = [:]) throws -> [JSONValue] {
        var all: [JSONValue] = []
        var arguments = arguments
        arguments["page_limit"] = .integer(AppParameter.largestPage)
        while true {
            arguments["page_index"] = .integer(all.count / AppParameter.largestPage)
            let page = try call(name, arguments).array ?? []
            all += page
            if page.count < AppParameter.largestPage { return all }
        }
    }

    /// The entry of a list that has this value under `key`.
    ///
    /// - Throws: `WhetError` where there is none.
    mutating func find(
        _ name: String, _ arguments: JSONObject = [:], where key: String, is value: String
    ) throws -> JSONValue {
        guard let entry = try list(name, arguments).first(where: { $0[key]?.string == value }) else {
            throw WhetError("\(name) shows nothing whose \(key) is \(value)")
        }
        return entry
    }
}

extension AppProgram {
    mutating func contact(_ name: String) throws -> JSONValue {
        try find("contacts.search_contacts", ["query": .string(name)], where: "name", is: name)
    }

    mutating func contact(whoIs relation: String) throws -> JSONValue {
        try find("contacts.search_contacts", ["relation": .string(relation)], where: "relation", is: relation)
    }

    /// All messages of a sender in a folder.
    mutating func mail(from address: String, in folder: String = "inbox") throws -> [JSONValue] {
        try list("mail.search_messages", ["folder": .string(folder), "sender": .string(address)])
            .filter { $0["from"]?.string == address }
    }

    /// The text of the message from this address with this subject.
    mutating func mail(from address: String, about subject: String) throws -> JSONValue {
        let message = try find(
            "mail.search_messages", ["query": .string(subject), "sender": .string(address)], where: "subject",
            is: subject)
        return try call("mail.show_message", ["message_id": message["message_id"] ?? .null])
    }

    /// Whole, found by its title.
    mutating func event(_ title: String) throws -> JSONValue {
        let event = try find("calendar.search_events", ["query": .string(title)], where: "title", is: title)
        return try call("calendar.show_event", ["event_id": event["event_id"] ?? .null])
    }

    mutating func product(_ name: String) throws -> JSONValue {
        try find("shop.search_products", ["query": .string(name)], where: "name", is: name)
    }

    mutating func read(_ path: String) throws -> String {
        try call("files.show_file", ["path": .string(path)])["content"]?.string ?? ""
    }

    mutating func send(_ body: String, subject: String, to addresses: [String]) throws {
        try call(
            "mail.send_message",
            [
                "to": .array(addresses.map(JSONValue.string)), "subject": .string(subject), "body": .string(body),
            ])
    }

    /// Orders so many of each product, and returns the order.
    mutating func buy(_ wanted: [(name: String, quantity: Int)], card: String, address: String) throws -> JSONValue {
        for (name, quantity) in wanted {
            let id = try product(name)["product_id"] ?? .null
            try call("shop.add_to_cart", ["product_id": id, "quantity": .integer(quantity)])
        }
        return try order(card: card, address: address)
    }

    /// Orders what is in the cart.
    mutating func order(card: String, address: String) throws -> JSONValue {
        let cards = try call("shop.list_cards").array ?? []
        let addresses = try call("shop.list_addresses").array ?? []
        let cardID = cards.first { $0["name"]?.string == card }?["card_id"]
        let addressID = addresses.first { $0["name"]?.string == address }?["address_id"]
        return try call("shop.place_order", ["card_id": cardID ?? .null, "address_id": addressID ?? .null])
    }
}

extension JSONValue {
    /// A text member; empty where there is none.
    func text(_ key: String) -> String { self[key]?.string ?? "" }
    /// An amount of dollars in cents.
    func cents(_ key: String) -> Int { Int(((self[key]?.double ?? 0) * 100).rounded()) }
}
