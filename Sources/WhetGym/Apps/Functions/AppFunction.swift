import WhetCore
import WhetEnvironments

/// A function of an app, which a policy can call.
///
/// Keeps: arguments are checked against its schema before its body sees them; what is refused has changed nothing.
struct AppFunction: Sendable {
    let app: String
    let name: String
    /// Named "app.function".
    let definition: ToolDefinition
    /// What it gives back, in words.
    let returns: String
    /// Whether it takes an access token.
    let needsToken: Bool
    private let optional: Set<String>
    private let body: @Sendable (inout AppWorld, AppArguments) throws -> JSONValue

    /// - Parameters:
    ///   - returns: what it gives back, in words.
    ///   - needsToken: whether who calls it has to be signed in.
    ///   - body: throws `AppRefusal`.
    init(
        _ app: String, _ name: String, _ description: String, _ parameters: [AppParameter] = [], returns: String,
        needsToken: Bool = true, body: @escaping @Sendable (inout AppWorld, AppArguments) throws -> JSONValue
    ) {
        let all = parameters + (needsToken ? [.text("access_token", "from \(app).login")] : [])
        self.app = app
        self.name = name
        self.returns = returns
        self.needsToken = needsToken
        self.body = body
        optional = Set(all.filter { !$0.isRequired }.map(\.name))
        do { definition = try ToolDefinition("\(app).\(name)", description, parameters: all.schema) } catch {
            preconditionFailure("\(error)")
        }
    }

    /// - Parameter arguments: untrusted. Null stands for an optional argument that is not given.
    func call(_ world: inout AppWorld, _ arguments: JSONObject) -> Result<JSONValue, AppRefusal> {
        let given = arguments.filter { !($0.value.isNull && optional.contains($0.key)) }
        do {
            if let mistake = try definition.mistake(in: .object(given)) { throw AppRefusal(mistake) }
            if needsToken, given["access_token"]?.string != world.token(of: app) || !world.signedIn.contains(app) {
                throw AppRefusal("this is no access token of \(app): call \(app).login first")
            }
            var changed = world
            let value = try body(&changed, AppArguments(given))
            world = changed
            return .success(value)
        } catch let refusal as AppRefusal {
            return .failure(refusal)
        } catch {
            return .failure(AppRefusal("\(definition.name) cannot check its arguments"))
        }
    }
}

/// Arguments that fit a function's schema.
struct AppArguments: Sendable {
    private let values: JSONObject

    init(_ values: JSONObject) { self.values = values }

    func text(_ name: String) -> String? { values[name]?.string }
    /// 5.0 counts as 5.
    func integer(_ name: String) -> Int? {
        values[name].flatMap { $0.integer ?? $0.double.flatMap(Int.init(exactly:)) }
    }
    func number(_ name: String) -> Double? { values[name]?.double }
    func bool(_ name: String) -> Bool? { values[name]?.bool }
    func texts(_ name: String) -> [String]? { values[name]?.array?.compactMap(\.string) }

    /// Of an argument that the schema requires.
    func required<Value>(_ name: String, _ read: (AppArguments) -> (String) -> Value?) throws -> Value {
        guard let value = read(self)(name) else { throw AppRefusal("\(name) is missing") }
        return value
    }

    /// The page of a list that was asked for.
    func page(_ list: [JSONObject]) -> JSONValue {
        let size = integer("page_limit") ?? AppParameter.pageSize
        let (start, isTooFar) = (integer("page_index") ?? 0).multipliedReportingOverflow(by: size)
        guard !isTooFar, start < list.count else { return [] }
        return .array(list[start..<min(list.count, start + size)].map(JSONValue.object))
    }

    /// A time, or with `dayOnly` the beginning of a day; nil where it is not given.
    func time(_ name: String, dayOnly: Bool = false) throws -> AppTime? {
        guard let text = text(name) else { return nil }
        guard let time = AppTime(text, dayOnly: dayOnly) else {
            throw AppRefusal("\(name) is no \(dayOnly ? "day such as 2026-05-18" : "time such as 2026-05-18T09:30")")
        }
        return time
    }
}
