import WhetCore

extension App {
    /// The shop functions that have to do with orders.
    static let ordering = [
        AppFunction(
            "shop", "list_cards", "Lists the cards to pay with.", returns: "a list of card_id, name, expires (YYYY-MM)"
        ) { world, _ in
            .array(
                world.shop.cards.map {
                    ["card_id": .integer($0.id), "name": .string($0.name), "expires": .string($0.expires)]
                })
        },
        AppFunction(
            "shop", "list_addresses", "Lists where to have things sent.",
            returns: "a list of address_id, name, address"
        ) { world, _ in
            .array(
                world.shop.addresses.map {
                    ["address_id": .integer($0.id), "name": .string($0.name), "address": .string($0.text)]
                })
        },
        AppFunction(
            "shop", "place_order", "Orders all that is in the cart, and empties it.",
            [.integer("card_id", "the card's id"), .integer("address_id", "the address's id")], returns: "the order"
        ) { world, arguments in
            let cardID = try arguments.required("card_id", AppArguments.integer)
            let addressID = try arguments.required("address_id", AppArguments.integer)
            guard let card = world.shop.cards.first(where: { $0.id == cardID }) else {
                throw AppRefusal("there is no card \(cardID)")
            }
            guard let address = world.shop.addresses.first(where: { $0.id == addressID }) else {
                throw AppRefusal("there is no address \(addressID)")
            }
            guard !world.shop.cart.isEmpty else { throw AppRefusal("the cart is empty") }
            guard card.expires >= world.now.month else {
                throw AppRefusal("the card \(card.name) was refused: it expired in \(card.expires)")
            }
            let order = Shop.Order(
                id: (world.shop.orders.map(\.id).max() ?? 0) + 1, time: world.now, lines: world.shop.cart,
                card: card.name, address: address.name, status: .ordered)
            world.shop.orders.append(order)
            world.shop.cart = []
            return .object(order.json)
        },
        AppFunction(
            "shop", "list_orders", "Lists orders, newest first.",
            [
                .choice(
                    "status", "only of this one", of: ["ordered", "shipped", "delivered", "cancelled"],
                    isOptional: true)
            ] + AppParameter.paging, returns: "a list of order_id, time, status, total"
        ) { world, arguments in
            let found = world.shop.orders.filter { order in
                arguments.text("status").map { $0 == order.status.rawValue } ?? true
            }
            let shown: Set<String> = ["order_id", "time", "status", "total"]
            return arguments.page(
                found.sorted { ($0.time, $0.id) > ($1.time, $1.id) }.map { $0.json.filter { shown.contains($0.key) } })
        },
        AppFunction(
            "shop", "show_order", "Shows an order with what it holds.", [.integer("order_id", "the order's id")],
            returns: "order_id, time, status, items (product_id, name, price, quantity), total, card, address"
        ) { world, arguments in .object(world.shop.orders[try world.order(arguments)].json) },
        AppFunction(
            "shop", "cancel_order", "Cancels an order that has not been shipped yet.",
            [.integer("order_id", "the order's id")], returns: "order_id, status"
        ) { world, arguments in
            let place = try world.order(arguments)
            let order = world.shop.orders[place]
            guard order.status == .ordered else {
                throw AppRefusal("order \(order.id) cannot be cancelled: it is \(order.status.rawValue)")
            }
            world.shop.orders[place].status = .cancelled
            return ["order_id": .integer(order.id), "status": "cancelled"]
        },
    ]
}

extension AppWorld {
    fileprivate func order(_ arguments: AppArguments) throws -> Int {
        let id = try arguments.required("order_id", AppArguments.integer)
        guard let place = shop.orders.firstIndex(where: { $0.id == id }) else {
            throw AppRefusal("there is no order \(id)")
        }
        return place
    }
}
