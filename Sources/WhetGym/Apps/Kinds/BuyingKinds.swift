import WhetCore

extension AppTaskKind {
    /// The shop, with what other apps know.
    static let buyingKinds = [
        AppTaskKind("list_to_cart", level: 3, apps: ["files", "shop"], "put what a file lists into the cart") { draft in
            let items = draft.products(draft.random.integer(2...4)).map { ($0, draft.random.integer(1...3)) }
            draft.plantFile("/notes/to-buy.txt", items.map { "\($1) x \($0.name)\n" }.joined())
            return AppScenario(
                draft.phrase(
                    "Put all that /notes/to-buy.txt lists into my cart in the shop, but don't order it yet.",
                    "Fill my cart by the list /notes/to-buy.txt, in these quantities. Do not place an order.",
                    "My cart should hold what /notes/to-buy.txt says. I will order it myself."),
                [:],
                items.map { product, quantity in
                    .added(
                        Shop.CartLine.table,
                        ["product_id": .integer(product.id), "quantity": .integer(quantity)],
                        "\(quantity) of the \(product.name) in the cart")
                }
            ) { program in
                for (name, quantity) in try program.shoppingList("/notes/to-buy.txt") {
                    let id = try program.product(name)["product_id"] ?? .null
                    try program.call("shop.add_to_cart", ["product_id": id, "quantity": .integer(quantity)])
                }
            }
        },
        AppTaskKind(
            "gift_from_mail", level: 4, apps: ["contacts", "mail", "shop"],
            "buy what a relation's mail wishes for, and tell the price"
        ) { draft in
            let relation = draft.random.element(of: ["sister", "brother", "roommate"])
            let (person, product, payment) = (draft.sole(relation), draft.products(1)[0], draft.payment())
            draft.plantMail(
                from: person.email, "My wish", "If you ask what I wish for: the \(product.name) in your shop!")
            return AppScenario(
                draft.phrase(
                    "My \(relation) wrote \"My wish\". Order one of what is wished for with my \(payment.card), to the "
                        + "address \(payment.address), and reply to the mail with the order's total in dollars.",
                    "Fulfil the wish in my \(relation)'s mail \"My wish\": order it once, pay by \(payment.card), have "
                        + "it sent to \(payment.address). Then reply to that mail and say what it cost.",
                    "Buy (one piece) what my \(relation) asks for in the message \"My wish\" - card \(payment.card), "
                        + "address \(payment.address) - and answer the message with the total."),
                ["relation": .string(relation)],
                [
                    .ordered([(product, 1)], payment, "the wish is ordered"),
                    .sent(
                        to: [person.email], amounts: [Double(product.cents) / 100], ["subject": "Re: My wish"],
                        "the \(relation) knows the price"),
                ]
            ) { program in
                let address = try program.contact(whoIs: relation).text("email")
                let message = try program.mail(from: address, about: "My wish")
                let name = message.text("body").between("the ", " in your")
                let order = try program.buy([(name, 1)], card: payment.card, address: payment.address)
                let total = order.cents("total").dollarText
                try program.call(
                    "mail.reply",
                    ["message_id": message["message_id"] ?? .null, "body": .string("It cost \(total) dollars.")])
            }
        },
        AppTaskKind(
            "expense_report", level: 4, apps: ["contacts", "files", "mail", "shop"], needsPaging: true,
            "report a month's orders in a file and by mail"
        ) { draft in
            for _ in 0..<4 { draft.addOrder(daysAgo: draft.random.integer(25...60)) }
            let month = draft.world.now.adding(days: -42).month
            let cents = draft.spent(in: month)
            let (manager, path) = (draft.sole("manager"), "/documents/orders-\(month).txt")
            let subject = "Orders in \(month)"
            return AppScenario(
                draft.phrase(
                    "What did my orders in \(month) come to? Write the total (as in 12.50, nothing else) into the new "
                        + "file \(path), and mail it to my manager with the subject \"\(subject)\".",
                    "Add up my orders of \(month). Put the total alone, such as 12.50, into a new file \(path); "
                        + "send my manager a mail \"\(subject)\" that says the total.",
                    "My manager wants the total of my orders in \(month) by mail, subject \"\(subject)\". Keep it in "
                        + "\(path), too: a new file with nothing but the total, like 12.50."),
                ["month": .string(month)],
                [
                    .added(
                        StoredFile.table, ["path": .string(path), "content": .string(cents.dollarText)],
                        "the file has the total"),
                    .sent(
                        to: [manager.email], amounts: [Double(cents) / 100], ["subject": .string(subject)],
                        "the manager knows the total"),
                ]
            ) { program in
                let total = try program.spent(in: month).dollarText
                try program.call("files.create_file", ["path": .string(path), "content": .string(total)])
                let address = try program.contact(whoIs: "manager").text("email")
                try program.send("The orders came to \(total) dollars.", subject: subject, to: [address])
            }
        },
        AppTaskKind(
            "wishes_within_budget", level: 4, apps: ["files", "shop"],
            "order the wishes that a file's budget allows"
        ) { draft in
            draft.world.shop.wishes = draft.products(5).map { Shop.Wish(product: $0) }
            let prices = draft.world.shop.wishes.map(\.product.cents).sorted()
            let limit = (prices[2] + prices[3]) / 2
            let payment = draft.payment()
            let wanted = draft.world.shop.wishes.map(\.product).filter { $0.cents <= limit }
            draft.plantFile(
                "/notes/budget.txt",
                "Gifts: at most \(limit.dollarText) dollars each\nCard: \(payment.card)\nAddress: \(payment.address)\n")
            return AppScenario(
                draft.phrase(
                    "Order, together, one of each product on my wish list that is within the price for gifts in "
                        + "/notes/budget.txt; the file names card and address. Leave the wish list as it is.",
                    "Read /notes/budget.txt. Of my wish list, buy one of everything that costs no more than it says, "
                        + "in a single order with the card and to the address that it names. Don't change the list.",
                    "Place one order for the wishes on my list that /notes/budget.txt allows (price, card and address "
                        + "are there), one piece each. The wish list stays."),
                [:], [.ordered(wanted.map { ($0, 1) }, payment, "the affordable wishes are ordered")]
            ) { program in
                let text = try program.read("/notes/budget.txt")
                let limit = Double(text.between("at most ", " dollars")) ?? 0
                for wish in try program.call("shop.show_wish_list").array ?? []
                where Double(wish.cents("price")) / 100 <= limit {
                    try program.call("shop.add_to_cart", ["product_id": wish["product_id"] ?? .null, "quantity": 1])
                }
                _ = try program.order(card: text.between("Card: ", "\n"), address: text.between("Address: ", "\n"))
            }
        },
        AppTaskKind(
            "review_from_file", level: 3, apps: ["files", "shop"], "write the reviews that a file notes"
        ) { draft in
            let products = draft.random.sample(2, of: draft.world.shop.orders.count).compactMap {
                draft.world.shop.orders[$0].lines.first?.product
            }
            var reviews: [(product: Shop.Product, stars: Int)] = []
            for product in products where !reviews.contains(where: { $0.product.id == product.id }) {
                reviews.append((product, draft.random.integer(1...5)))
            }
            draft.plantFile(
                "/notes/opinions.txt", reviews.map { "\($0.product.name): \($0.stars) stars\n" }.joined())
            return AppScenario(
                draft.phrase(
                    "Write reviews in the shop for the products in /notes/opinions.txt, with the stars noted there.",
                    "/notes/opinions.txt says how I like some products. Review each in the shop accordingly.",
                    "Review every product that /notes/opinions.txt names; give as many stars as it says."),
                [:],
                reviews.map { review in
                    .added(
                        Shop.Review.table,
                        ["product_id": .integer(review.product.id), "stars": .integer(review.stars)],
                        "the \(review.product.name) has \(review.stars) stars")
                }
            ) { program in
                for line in try program.read("/notes/opinions.txt").split(separator: "\n").map(String.init) {
                    let name = String(line.prefix { $0 != ":" })
                    let id = try program.product(name)["product_id"] ?? .null
                    let stars = Int(line.between(": ", " stars")) ?? 0
                    try program.call("shop.write_review", ["product_id": id, "stars": .integer(stars)])
                }
            }
        },
    ]
}

extension AppProgram {
    /// What a file lists in lines such as "2 x Basic rake".
    mutating func shoppingList(_ path: String) throws -> [(name: String, quantity: Int)] {
        try read(path).split(separator: "\n").map { line in
            let parts = line.split(separator: " ", maxSplits: 2)
            return (String(parts.last ?? ""), parts.first.flatMap { Int($0) } ?? 0)
        }
    }
}
