import WhetCore

/// What the shop sells, and what its customer has to do with it.
struct Shop: Hashable, Sendable {
    struct Product: Hashable, Sendable {
        let id: Int
        let name: String
        let category: String
        let cents: Int
        /// Tenths of a star.
        let rating: Int
        let stock: Int
    }

    struct Card: Hashable, Sendable {
        let id: Int
        let name: String
        /// "2027-03"; of no use after that month.
        let expires: String
    }

    struct Address: Hashable, Sendable {
        let id: Int
        let name: String
        let text: String
    }

    struct CartLine: AppRecord {
        static let table = "cart"
        let product: Product
        var quantity: Int

        var key: String { String(product.id) }
        var json: JSONObject {
            [
                "product_id": .integer(product.id), "name": .string(product.name), "price": product.cents.dollars,
                "quantity": .integer(quantity),
            ]
        }
    }

    struct Wish: AppRecord {
        static let table = "wish_list"
        let product: Product
        var key: String { String(product.id) }
        var json: JSONObject {
            [
                "product_id": .integer(product.id), "name": .string(product.name), "price": product.cents.dollars,
            ]
        }
    }

    struct Order: AppRecord {
        static let table = "orders"
        enum Status: String, Hashable, Sendable { case ordered, shipped, delivered, cancelled }

        let id: Int
        let time: AppTime
        let lines: [CartLine]
        let card: String
        let address: String
        var status: Status

        var cents: Int { lines.reduce(0) { $0 + $1.product.cents * $1.quantity } }
        var key: String { String(id) }
        var json: JSONObject {
            [
                "order_id": .integer(id), "time": .string(time.text), "status": .string(status.rawValue),
                "items": .array(lines.map { .object($0.json) }), "total": cents.dollars, "card": .string(card),
                "address": .string(address),
            ]
        }
    }

    struct Review: AppRecord {
        static let table = "reviews"
        let product: Product
        let stars: Int
        let text: String
        var key: String { String(product.id) }
        var json: JSONObject {
            [
                "product_id": .integer(product.id), "name": .string(product.name), "stars": .integer(stars),
                "text": .string(text),
            ]
        }
    }

    static let categories = ["kitchen", "garden", "office", "sports", "toys", "books"]

    var products: [Product] = []
    var cards: [Card] = []
    var addresses: [Address] = []
    var cart: [CartLine] = []
    var wishes: [Wish] = []
    var orders: [Order] = []
    var reviews: [Review] = []
}
