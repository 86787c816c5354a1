import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

/// A function, for tests that hold for all of them.
struct FunctionCase: Sendable, CustomTestStringConvertible {
    let function: AppFunction
    var testDescription: String { function.definition.name }
    static let all = AppCatalog.functions.map(FunctionCase.init)
}

@Suite("App functions")
struct AppFunctionTests {
    @Test("names are unique, all is documented, and none is too long for a prompt")
    func documentation() {
        #expect(Set(AppCatalog.functions.map(\.definition.name)).count == AppCatalog.functions.count)
        for function in AppCatalog.functions {
            #expect(function.definition.description.hasSuffix(".") && !function.returns.isEmpty)
            let schemas = function.definition.parameters["properties"]?.object ?? [:]
            #expect(schemas.allSatisfy { $0.value["description"]?.string?.isEmpty == false })
            #expect(function.definition.name.hasPrefix("\(function.app)."))
        }
    }

    /// Values of every type, and odd ones of each.
    private static let values: [JSONValue] = [
        .null, true, 0, -1, 1, 5, 1.5, .integer(.max), .integer(.min), .number(1e300), "", " ", "x", "1",
        "2026-05-18", "2026-02-30", "2026-05-18T09:30", "2026-05-18T25:00", "/", "/../x", "/a//b", "a@b.example",
        .string(String(repeating: "y", count: 30_000)), "\u{0}", "e\u{301}", [], ["a@b.example"], ["x", 1], [:],
        ["a": 1],
    ]

    @Test(
        "whatever it is called with, it answers or refuses, and what is refused changes nothing",
        arguments: FunctionCase.all)
    func fuzz(_ sample: FunctionCase) throws {
        let (function, name) = (sample.function, sample.function.definition.name)
        let schemas = function.definition.parameters["properties"]?.object ?? [:]
        let required = (function.definition.parameters["required"]?.array ?? []).compactMap(\.string)
        var random = RandomStream(seed: 7, purpose: name)
        var hand = Hand()
        func attempt(_ arguments: JSONObject, mustRefuse: Bool = false) {
            let before = hand.world
            let result = hand(name, arguments)
            if let refusal = result.refusal {
                #expect(hand.world == before && !refusal.isEmpty && !refusal.hasSuffix("."))
            }
            if mustRefuse { #expect(result.refusal != nil, "\(JSONValue.object(arguments).text().prefix(200))") }
        }
        for _ in 0..<400 {
            var arguments: JSONObject = [:]
            for key in schemas.keys where key != "access_token" && random.chance(0.8) {
                arguments[key] = random.element(of: Self.values)
            }
            attempt(arguments)
        }
        let fitting = Self.fitting(schemas, in: hand.world)
        for key in required where key != "access_token" {
            var without = fitting
            without[key] = nil
            attempt(without, mustRefuse: true)
            for wrong in [JSONValue.null, ["a": 1]] {
                var changed = fitting
                changed[key] = wrong
                attempt(changed, mustRefuse: true)
            }
        }
        attempt(fitting.merging(["no_such": 1]) { $1 }, mustRefuse: true)
        if function.needsToken {
            attempt(fitting.merging(["access_token": "mail-0000"]) { $1 }, mustRefuse: true)
            hand.world.signedIn = []
            attempt(fitting, mustRefuse: true)
        }
    }

    /// Arguments of the right types.
    private static func fitting(_ schemas: JSONObject, in world: AppWorld) -> JSONObject {
        var arguments: JSONObject = [:]
        for (key, schema) in schemas where key != "access_token" {
            switch schema["type"]?.string {
            case "integer": arguments[key] = schema["minimum"] ?? 1
            case "number": arguments[key] = 10
            case "boolean": arguments[key] = true
            case "array": arguments[key] = ["a@b.example"]
            default: arguments[key] = schema["enum"]?[0] ?? "x"
            }
        }
        return arguments
    }

    @Test("names that there are not are refused with the nearest", arguments: [
        ("mail.serch_messages", "did you mean mail.search_messages?"), ("post.send", "there is no app \"post\""),
        ("", "there is no app"), ("mail", "there is no function"), ("mail.", "there is no function"),
        ("mail.login.x", "there is no function"), ("owner.__class__", "there is no function"),
    ])
    func unknown(name: String, words: String) {
        var hand = Hand()
        #expect(hand(name).refusal?.contains(words) == true)
    }

    @Test("signing in takes the right password, and its token opens its app alone")
    func signingIn() throws {
        var world = AppTask(AppTaskKind.all[0], level: 0, seed: 3).world
        let account = try #require(world.accounts.first { $0.app == "mail" })
        func call(_ name: String, _ arguments: JSONObject) -> Result<JSONValue, AppRefusal> {
            AppCatalog.call(name, arguments, in: &world)
        }
        let guess: JSONObject = ["access_token": .string(world.token(of: "mail"))]
        #expect(call("mail.search_messages", guess).refusal?.contains("call mail.login first") == true)
        let username = JSONValue.string(account.username)
        #expect(call("mail.login", ["username": username, "password": "x"]).refusal != nil)
        let other = try #require(world.accounts.first { $0.app == "shop" })
        #expect(call("mail.login", ["username": username, "password": .string(other.password)]).refusal != nil)
        let login = try call("mail.login", ["username": username, "password": .string(account.password)]).get()
        let token = try #require(login["access_token"])
        #expect(call("mail.search_messages", ["access_token": token]).refusal == nil)
        #expect(call("shop.show_cart", ["access_token": token]).refusal != nil)
        #expect(call("mail.search_messages", ["access_token": token, "query": nil]).refusal == nil)
        #expect(call("mail.search_messages", [:]).refusal != nil)
    }

    @Test("a list's pages are the list")
    func paging() throws {
        var hand = Hand(level: 4)
        var people: [JSONValue] = []
        while true {
            let page = try #require(
                try hand("contacts.search_contacts", ["page_index": .integer(people.count / 3), "page_limit": 3]).get()
                    .array)
            people += page
            if page.count < 3 { break }
        }
        #expect(people.count == hand.world.contacts.count && Set(people).count == people.count)
        #expect(try hand("contacts.search_contacts").get().array?.count == AppParameter.pageSize)
        #expect(hand("contacts.search_contacts", ["page_limit": 21]).refusal != nil)
        #expect(try hand("contacts.search_contacts", ["page_index": 1_000_000, "page_limit": 20]).get() == [])
    }

    @Test("an expired card, an empty cart, too many pieces and a shipped order are refused")
    func shopRules() throws {
        var hand = Hand()
        let shop = hand.world.shop
        let card = try #require(shop.cards.first { $0.name == "Amex" })
        let product = try #require(shop.products.first)
        let order: JSONObject = ["card_id": .integer(card.id), "address_id": .integer(shop.addresses[0].id)]
        #expect(hand("shop.place_order", order).refusal == "the cart is empty")
        let many: JSONObject = ["product_id": .integer(product.id), "quantity": .integer(product.stock + 1)]
        #expect(hand("shop.add_to_cart", many).refusal?.hasPrefix("there are only \(product.stock)") == true)
        #expect(hand("shop.add_to_cart", ["product_id": .integer(product.id), "quantity": 2]).refusal == nil)
        #expect(hand("shop.place_order", order).refusal?.contains("expired") == true)
        let shipped = try #require(shop.orders.first { $0.status == .delivered })
        #expect(hand("shop.cancel_order", ["order_id": .integer(shipped.id)]).refusal?.contains("delivered") == true)
    }

    @Test("no rollout's world grows without end: a mail forwarded again and again is refused at some length")
    func bounds() throws {
        var hand = Hand()
        var id = JSONValue.integer(hand.world.mail[0].id)
        let words = JSONValue.string(String(repeating: "x", count: 5000))
        for _ in 0..<20 {
            switch hand("mail.forward", ["message_id": id, "to": ["a@b.example"], "body": words]) {
            case .success(let value): id = value["message_id"] ?? .null
            case .failure(let refusal):
                #expect(refusal.sentence == "the message is too long")
                return
            }
        }
        Issue.record("the message grew and grew")
    }

    @Test("reading leaves no mark")
    func reading() throws {
        var hand = Hand()
        let before = hand.world
        let reads = [
            "owner.show_profile", "owner.show_passwords", "api_docs.list_apps", "contacts.search_contacts",
            "files.list_files", "mail.search_messages", "calendar.search_events", "shop.search_products",
            "shop.show_cart", "shop.show_wish_list", "shop.list_cards", "shop.list_addresses", "shop.list_orders",
        ]
        for name in reads { #expect(hand(name).refusal == nil, "\(name)") }
        let id = JSONValue.integer(hand.world.mail[0].id)
        #expect(hand("mail.show_message", ["message_id": id]).refusal == nil)
        #expect(hand.world == before)
    }

    @Test("the documentation tells of every function")
    func describes() throws {
        var hand = Hand()
        let apps = try #require(try hand("api_docs.list_apps").get().array)
        var described = 0
        for app in apps {
            let name = try #require(app["app"])
            for function in try #require(try hand("api_docs.list_functions", ["app": name]).get().array) {
                let asked: JSONObject = ["app": name, "function": function["function"] ?? .null]
                let description = try hand("api_docs.describe_function", asked).get()
                #expect(description["parameters"]?["type"] == "object" && description["returns"]?.string != nil)
                described += 1
            }
        }
        #expect(described == AppCatalog.functions.count)
        #expect(hand("api_docs.list_functions", ["app": "post"]).refusal?.contains("there are:") == true)
    }
}

@Suite("App world: time")
struct AppTimeTests {
    @Test("texts are read as they are written", arguments: 0..<40)
    func roundTrip(seed: Int) throws {
        var random = RandomStream(seed: UInt64(seed), purpose: "time")
        let time = AppTime(minutes: random.integer(0...2_000_000_000 / 4))
        #expect(AppTime(time.text) == time)
        #expect(AppTime(time.date, dayOnly: true) == AppTime(day: time.day))
        #expect(time.adding(days: 1).day == time.day + 1)
    }

    @Test("known days")
    func knownDays() {
        #expect(AppTime("2026-11-21", dayOnly: true)?.weekday == "Saturday")
        #expect(AppTime("1970-01-01T00:00")?.minutes == 0)
        #expect(AppTime("2024-02-29", dayOnly: true)?.adding(days: 1).date == "2024-03-01")
        #expect(AppTime("2000-02-29T23:59")?.adding(minutes: 1).text == "2000-03-01T00:00")
    }

    @Test("what is no time", arguments: [
        "", "2026", "2026-5-18", "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-05-18T09:30",
        "2026-05-1x", "１２３４-05-18", "0000-01-01",
    ])
    func refuses(text: String) { #expect(AppTime(text, dayOnly: true) == nil) }
}
