import WhetCore

/// What is asked of a server. The body is sent as it is, with its length.
public struct HTTPRequest: Hashable, Sendable, CustomStringConvertible {
    /// What is to be done at the URL.
    public enum Method: String, Hashable, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
        case head = "HEAD"
    }

    /// What is to be done.
    public var method: Method
    /// `http://` or `https://`, percent-encoded already.
    public var url: String
    /// Besides those that the client adds: length, host, agent.
    public var headers: HTTPHeaders
    /// Empty for none.
    public var body: [UInt8]

    public init(_ method: Method, _ url: String, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    /// A POST of JSON text.
    public static func post(_ url: String, json: [UInt8], headers: HTTPHeaders = [:]) -> HTTPRequest {
        var headers = headers
        headers.fields.append(HTTPHeaders.Field("Content-Type", "application/json"))
        return HTTPRequest(.post, url, headers: headers, body: json)
    }

    /// A POST of a JSON value.
    public static func post(_ url: String, json: JSONValue, headers: HTTPHeaders = [:]) -> HTTPRequest {
        post(url, json: JSONText(json).bytes, headers: headers)
    }

    /// Method and URL for messages, without what may be secret: user, password, query.
    public var description: String { "\(method.rawValue) \(url.withoutSecrets)" }
}

extension String {
    /// A URL without user, password, query and fragment.
    public var withoutSecrets: String {
        var text = String(prefix { $0 != "?" && $0 != "#" })
        guard let scheme = text.firstRange(of: "://") else { return text }
        let authorityEnd = text[scheme.upperBound...].firstIndex(of: "/") ?? text.endIndex
        if let at = text[scheme.upperBound..<authorityEnd].lastIndex(of: "@") {
            text.removeSubrange(scheme.upperBound...at)
        }
        return text
    }
}
