import WhetCore

extension AppTaskKind {
    /// The shop alone.
    static let shopKinds = [
        AppTaskKind("wish_for", level: 1, apps: ["shop"], "put a product on the wish list") { draft in
            let wished = Set(draft.world.shop.wishes.map(\.product.id))
            let product = draft.random.element(of: draft.world.shop.products.filter { !wished.contains($0.id) })
            return AppScenario(
                draft.phrase(
                    "Put the \(product.name) on my wish list.", "Add \(product.name) to the wish list in the shop.",
                    "I would like to have the \(product.name) one day; note it on my wish list."),
                ["product": .string(product.name)],
                [.added(Shop.Wish.table, ["product_id": .integer(product.id)], "the product is on the wish list")]
            ) { program in
                let id = try program.product(product.name)["product_id"] ?? .null
                try program.call("shop.add_to_wish_list", ["product_id": id])
            }
        },
        AppTaskKind(
            "cheapest_product", level: 2, apps: ["shop"], "say the cheapest product of a category"
        ) { draft in
            let categories = Shop.categories.filter { category in
                draft.world.shop.products.count { $0.category == category } > 1
            }
            let category = draft.random.element(of: categories)
            let products = draft.world.shop.products.filter { $0.category == category }
            let cheapest = products.min { $0.cents < $1.cents } ?? products[0]
            return AppScenario(
                draft.phrase(
                    "What is the name of the cheapest product in the category \(category)?",
                    "Which \(category) product costs the least in the shop? Tell me its name.",
                    "Find the product of the category \(category) with the lowest price and say its name."),
                ["category": .string(category)], answer: .text(cheapest.name)
            ) { program in
                let products = try program.list("shop.search_products", ["category": .string(category)])
                return products.min { $0.cents("price") < $1.cents("price") }?.text("name") ?? ""
            }
        },
        AppTaskKind(
            "spent_in_month", level: 2, apps: ["shop"], needsPaging: true, "say what a month's orders came to"
        ) { draft in
            for _ in 0..<4 { draft.addOrder(daysAgo: draft.random.integer(25...60)) }
            let month = draft.world.now.adding(days: -42).month
            let cents = draft.spent(in: month)
            return AppScenario(
                draft.phrase(
                    "How much did my orders in the month \(month) cost in all?",
                    "Tell me the total in dollars of all orders that I placed in \(month).",
                    "What did I spend in the shop in \(month)?"),
                ["month": .string(month)], answer: .number(Double(cents) / 100)
            ) { program in AppAnswer.written(Double(try program.spent(in: month)) / 100) }
        },
        AppTaskKind("buy_product", level: 2, apps: ["shop"], "order a product") { draft in
            let product = draft.products(1)[0]
            let (quantity, order) = (draft.random.integer(1...4), draft.payment())
            return AppScenario(
                draft.phrase(
                    "Order \(quantity) of the \(product.name), paid by \(order.card), to my address \(order.address).",
                    "Buy the \(product.name) (quantity \(quantity)). Pay with \(order.card), send it to "
                        + "\(order.address).",
                    "I need \(product.name), \(quantity) of it: order it with my \(order.card) card to "
                        + "\"\(order.address)\"."),
                ["product": .string(product.name), "quantity": .integer(quantity)],
                [.ordered([(product, quantity)], order, "the order is placed")]
            ) { program in
                _ = try program.buy([(product.name, quantity)], card: order.card, address: order.address)
            }
        },
        AppTaskKind(
            "cancel_order", level: 2, apps: ["shop"], "cancel the order that holds a product"
        ) { draft in
            let products = draft.products(3)
            for product in products {
                draft.world.shop.orders.append(
                    Shop.Order(
                        id: draft.id(), time: draft.world.now.adding(minutes: -draft.random.integer(100...2000)),
                        lines: [.init(product: product, quantity: draft.random.integer(1...3))], card: "Visa",
                        address: "home", status: .ordered))
            }
            let order = draft.world.shop.orders[draft.world.shop.orders.count - 2]
            let name = products[1].name
            return AppScenario(
                draft.phrase(
                    "Cancel the order of the \(name) that has not been shipped yet.",
                    "I don't want the \(name) after all. Cancel that order, it is not under way yet.",
                    "Stop my new order of \(name), the one that still has the status ordered."),
                ["product": .string(name)],
                [.changed(order, ["status": "cancelled"], "the order is cancelled")]
            ) { program in
                for entry in try program.list("shop.list_orders", ["status": "ordered"]) {
                    let id = entry["order_id"] ?? .null
                    let order = try program.call("shop.show_order", ["order_id": id])
                    guard order["items"]?.array?.contains(where: { $0.text("name") == name }) == true else { continue }
                    try program.call("shop.cancel_order", ["order_id": id])
                }
            }
        },
    ]
}

extension AppDraft {
    /// A card that is accepted, and where to send things.
    mutating func payment() -> (card: String, address: String) {
        (random.element(of: ["Visa", "Mastercard"]), random.element(of: ["home", "office", "parents"]))
    }

    /// What the orders of a month ("2026-05") cost.
    func spent(in month: String) -> Int {
        world.shop.orders.filter { $0.time.month == month && $0.status != .cancelled }.reduce(0) { $0 + $1.cents }
    }
}

extension AppProgram {
    /// What the orders of a month cost, in cents.
    mutating func spent(in month: String) throws -> Int {
        try list("shop.list_orders").filter { $0.text("time").hasPrefix(month) && $0.text("status") != "cancelled" }
            .reduce(0) { $0 + $1.cents("total") }
    }
}

extension AppRequirement {
    /// An order of these products and no others.
    static func ordered(
        _ items: [(product: Shop.Product, quantity: Int)], _ payment: (card: String, address: String), _ name: String
    ) -> AppRequirement {
        let lines = items.map { JSONValue.object(Shop.CartLine(product: $0.product, quantity: $0.quantity).json) }
        return .added(
            Shop.Order.table,
            ["items": .array(lines), "card": .string(payment.card), "address": .string(payment.address)], name)
    }
}
