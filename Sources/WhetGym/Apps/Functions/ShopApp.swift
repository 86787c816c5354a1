import WhetCore

extension App {
    /// A shop, with the owner's cart, wish list and orders.
    static let shop = App(
        name: "shop", summary: "an online shop: products, the owner's cart, wish list and orders; prices in dollars",
        functions: [.login("shop")] + browsing + ordering)

    private static let product = AppParameter.integer("product_id", "the product's id")

    private static let browsing = [
        AppFunction(
            "shop", "search_products", "Lists products by name.",
            [
                .text("query", "words in the name", isOptional: true),
                .choice("category", "only of this one", of: Shop.categories, isOptional: true),
                .number("maximum_price", "in dollars", isOptional: true),
            ] + AppParameter.paging,
            returns: "a list of product_id, name, category, price, rating"
        ) { world, arguments in
            let found = world.shop.products.filter { product in
                product.name.isFound(by: arguments.text("query"))
                    && arguments.text("category").map { $0 == product.category } ?? true
                    && arguments.number("maximum_price").map { Double(product.cents) <= $0 * 100 + 0.5 } ?? true
            }
            return arguments.page(
                found.sorted { $0.name < $1.name }.map { $0.json.filter { $0.key != "in_stock" } })
        },
        AppFunction(
            "shop", "show_product", "Shows a product.", [product],
            returns: "product_id, name, category, price, rating, in_stock (how many can be had)"
        ) { world, arguments in .object(try world.shop.product(arguments).json) },
        AppFunction(
            "shop", "show_cart", "Lists what is in the cart.", returns: "a list of product_id, name, price, quantity"
        ) { world, _ in .array(world.shop.cart.map { .object($0.json) }) },
        AppFunction(
            "shop", "add_to_cart", "Puts so many more of a product into the cart.",
            [product, .integer("quantity", "how many", in: 1...100)], returns: "the line of the cart"
        ) { world, arguments in
            let product = try world.shop.product(arguments)
            let quantity = try arguments.required("quantity", AppArguments.integer)
            let place = world.shop.cart.firstIndex { $0.product.id == product.id }
            let all = quantity + (place.map { world.shop.cart[$0].quantity } ?? 0)
            guard all <= product.stock else {
                throw AppRefusal("there are only \(product.stock) of \(product.name)")
            }
            if let place {
                world.shop.cart[place].quantity = all
            } else {
                world.shop.cart.append(.init(product: product, quantity: all))
            }
            return .object(Shop.CartLine(product: product, quantity: all).json)
        },
        AppFunction(
            "shop", "remove_from_cart", "Takes a product out of the cart.", [product], returns: "removed"
        ) { world, arguments in
            let id = try world.shop.product(arguments).id
            guard let place = world.shop.cart.firstIndex(where: { $0.product.id == id }) else {
                throw AppRefusal("product \(id) is not in the cart")
            }
            world.shop.cart.remove(at: place)
            return ["removed": true]
        },
        AppFunction(
            "shop", "show_wish_list", "Lists what is wished for.", returns: "a list of product_id, name, price"
        ) { world, _ in .array(world.shop.wishes.map { .object($0.json) }) },
        AppFunction(
            "shop", "add_to_wish_list", "Puts a product on the wish list.", [product], returns: "added"
        ) { world, arguments in
            let product = try world.shop.product(arguments)
            guard !world.shop.wishes.contains(where: { $0.product.id == product.id }) else {
                throw AppRefusal("product \(product.id) is on the wish list already")
            }
            world.shop.wishes.append(.init(product: product))
            return ["added": true]
        },
        AppFunction(
            "shop", "remove_from_wish_list", "Takes a product off the wish list.", [product], returns: "removed"
        ) { world, arguments in
            let id = try world.shop.product(arguments).id
            guard let place = world.shop.wishes.firstIndex(where: { $0.product.id == id }) else {
                throw AppRefusal("product \(id) is not on the wish list")
            }
            world.shop.wishes.remove(at: place)
            return ["removed": true]
        },
        AppFunction(
            "shop", "write_review", "Says what the owner thinks of a product that was ordered.",
            [product, .integer("stars", "how good", in: 1...5), .text("text", "why", length: 2000, isOptional: true)],
            returns: "the review"
        ) { world, arguments in
            let product = try world.shop.product(arguments)
            guard world.shop.orders.contains(where: { $0.lines.contains { $0.product.id == product.id } }) else {
                throw AppRefusal("\(product.name) was never ordered")
            }
            guard !world.shop.reviews.contains(where: { $0.product.id == product.id }) else {
                throw AppRefusal("there is a review of \(product.name) already")
            }
            let review = Shop.Review(
                product: product, stars: try arguments.required("stars", AppArguments.integer),
                text: arguments.text("text") ?? "")
            world.shop.reviews.append(review)
            return .object(review.json)
        },
    ]
}

extension Shop.Product {
    var json: JSONObject {
        [
            "product_id": .integer(id), "name": .string(name), "category": .string(category), "price": cents.dollars,
            "rating": .number(Double(rating) / 10), "in_stock": .integer(stock),
        ]
    }
}

extension Shop {
    fileprivate func product(_ arguments: AppArguments) throws -> Product {
        let id = try arguments.required("product_id", AppArguments.integer)
        guard let product = products.first(where: { $0.id == id }) else {
            throw AppRefusal("there is no product \(id)")
        }
        return product
    }
}
