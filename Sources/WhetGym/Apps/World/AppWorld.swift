import WhetCore

/// A person's accounts and what is in them: contacts, files, mail, calendar and shop.
///
/// Keeps: it is a value that nothing outside changes but functions of `AppCatalog`; its clock stands still. Searching
/// and reading leave no mark on it; signing in leaves none on what is compared.
struct AppWorld: Hashable, Sendable {
    /// Of what is generated from a seed. Whoever changes that raises it, so that a task made before is not judged by
    /// another world.
    static let version = 1

    struct Owner: Hashable, Sendable {
        let name: String
        let email: String
    }

    struct Account: Hashable, Sendable {
        let app: String
        let username: String
        let password: String
    }

    let owner: Owner
    let now: AppTime
    /// Of the apps that ask who is there.
    let accounts: [Account]
    /// What access tokens are made of.
    let tokenKey: UInt64
    /// The apps that were signed in to.
    var signedIn: Set<String> = []
    var contacts: [Contact] = []
    var files: [StoredFile] = []
    var mail: [Mail] = []
    var events: [Event] = []
    var shop = Shop()

    /// The only one that an app takes, handed out by its `login`.
    func token(of app: String) -> String {
        "\(app)-\(String(RandomStream.key(seed: tokenKey, purpose: app, []), radix: 36).prefix(8))"
    }
}

/// One thing in an app, as functions show it and checks compare it.
protocol AppRecord: Hashable, Sendable {
    /// The kind of record, "mail".
    static var table: String { get }
    /// Unique in its table.
    var key: String { get }
    /// All there is to it.
    var json: JSONObject { get }
}

/// A record as it is at one time.
struct RecordState: Hashable, Sendable {
    let table: String
    let key: String
    let json: JSONObject

    init(_ record: some AppRecord) { (table, key, json) = (type(of: record).table, record.key, record.json) }
}

extension AppWorld {
    /// Everything in it that a task may ask to be changed, and nothing else may change.
    var records: [RecordState] {
        contacts.map(RecordState.init) + files.map(RecordState.init) + mail.map(RecordState.init)
            + events.map(RecordState.init) + shop.cart.map(RecordState.init) + shop.wishes.map(RecordState.init)
            + shop.orders.map(RecordState.init) + shop.reviews.map(RecordState.init)
    }
}

/// Why a function did not do what it was asked, in a sentence for the policy.
struct AppRefusal: Error, Hashable, Sendable {
    let sentence: String

    init(_ sentence: String) { self.sentence = sentence }
}

extension Int {
    /// Cents as an amount of dollars.
    var dollars: JSONValue { .number(Double(self) / 100) }
    /// As people write it, "12.50".
    var dollarText: String { "\(self / 100).\(self % 100 < 10 ? "0" : "")\(self % 100)" }
}
