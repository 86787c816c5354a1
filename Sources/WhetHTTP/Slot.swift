internal import CCurl
import WhetCore

#if canImport(Glibc)
    import Glibc
#endif

/// One of libcurl's easy handles, used for one transfer after another to the same host.
///
/// Keeps: what every transfer has in common is set once; of the rest only what changed is set again.
final class Slot {
    let easy: UnsafeMutableRawPointer
    unowned let shard: Shard
    unowned let loop: EventLoop
    private(set) var transfer: Transfer?
    /// How many connections the transfer has been on; curl would silently send a request again on a second.
    fileprivate var connections = 0

    private var url = ""
    private var method: HTTPRequest.Method?
    private var headers: HTTPHeaders?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var connectTimeout: Duration?
    private var body: UnsafeMutableRawPointer?
    /// Where curl says in words what went wrong.
    private let message = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    /// - Throws: `HTTPError.Reason` when curl has no memory.
    init(shard: Shard, loop: EventLoop, isLoopback: Bool) throws(HTTPError.Reason) {
        guard let easy = curl_easy_init() else { throw .couldNotConnect("libcurl is out of memory") }
        self.easy = easy
        self.shard = shard
        self.loop = loop
        message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        let here = Unmanaged.passUnretained(self).toOpaque()
        whet_easy_set_pointer(easy, CURLOPT_PRIVATE, here)
        whet_easy_set_pointer(easy, CURLOPT_WRITEDATA, here)
        whet_easy_set_receive(easy, CURLOPT_WRITEFUNCTION, receiveBody)
        whet_easy_set_pointer(easy, CURLOPT_HEADERDATA, here)
        whet_easy_set_receive(easy, CURLOPT_HEADERFUNCTION, receiveHeader)
        whet_easy_set_pointer(easy, CURLOPT_PREREQDATA, here)
        whet_easy_set_connected(easy, connected)
        whet_easy_set_pointer(easy, CURLOPT_OPENSOCKETDATA, here)
        whet_easy_set_open(easy, openSocket)
        // A connection outlives the transfer that opened it, so the loop is told when it closes, not the slot.
        whet_easy_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, Unmanaged.passUnretained(loop).toOpaque())
        whet_easy_set_close(easy, closeSocket)
        whet_easy_set_pointer(easy, CURLOPT_ERRORBUFFER, message)
        whet_easy_set_pointer(easy, CURLOPT_SHARE, loop.share)
        whet_easy_set_long(easy, CURLOPT_NOSIGNAL, 1)
        whet_easy_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        whet_easy_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        whet_easy_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        whet_easy_set_text(easy, CURLOPT_USERAGENT, loop.configuration.userAgent)
        whet_easy_set_long(easy, CURLOPT_MAXAGE_CONN, loop.configuration.maximumIdleSeconds)
        if isLoopback { whet_easy_set_text(easy, CURLOPT_PROXY, "") }
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
        free(body)
        message.deallocate()
    }

    /// Sets the handle up and lets curl begin.
    func start(_ transfer: Transfer) {
        self.transfer = transfer
        connections = 0
        message.pointee = 0
        let request = transfer.request
        if url != request.url {
            url = request.url
            whet_easy_set_text(easy, CURLOPT_URL, url)
        }
        if connectTimeout != transfer.timeouts.connect {
            connectTimeout = transfer.timeouts.connect
            whet_easy_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, transfer.timeouts.connect.milliseconds)
        }
        set(method: request.method, body: request.body)
        if headers != request.headers { set(headers: request.headers) }
        curl_multi_add_handle(shard.multi, easy)
    }

    /// Takes the transfer off; a connection that is still busy with it is closed.
    ///
    /// - Returns: curl's words for what went wrong, if there were any.
    func stop() -> String {
        curl_multi_remove_handle(shard.multi, easy)
        transfer = nil
        free(body)
        body = nil
        return String(cString: message)
    }

    private func set(method: HTTPRequest.Method, body bytes: [UInt8]) {
        let sendsBody = method == .post || method == .put || !bytes.isEmpty
        if self.method != method {
            self.method = method
            whet_easy_set_text(easy, CURLOPT_CUSTOMREQUEST, nil)
            whet_easy_set_long(easy, CURLOPT_NOBODY, 0)
            whet_easy_set_long(easy, CURLOPT_HTTPGET, 1)
            if method == .head { whet_easy_set_long(easy, CURLOPT_NOBODY, 1) }
            if method == .put || method == .delete { whet_easy_set_text(easy, CURLOPT_CUSTOMREQUEST, method.rawValue) }
        }
        guard sendsBody else { return }
        whet_easy_set_long(easy, CURLOPT_POST, 1)
        if method == .get { whet_easy_set_text(easy, CURLOPT_CUSTOMREQUEST, method.rawValue) }
        // curl reads the body where it lies while it sends, so it gets a copy that nobody moves.
        body = malloc(max(1, bytes.count))
        bytes.withUnsafeBytes { if let start = $0.baseAddress { memcpy(body!, start, bytes.count) } }
        whet_easy_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
        whet_easy_set_pointer(easy, CURLOPT_POSTFIELDS, body)
        if method == .get || method == .delete { self.method = nil }  // set again next time, with or without a body
    }

    private func set(headers: HTTPHeaders) {
        var list = curl_slist_append(nil, "Expect:")  // else large bodies wait a second for a "100 Continue"
        for field in headers.fields {
            // curl removes a header "name:" and sends "name;" as one with an empty value.
            list = curl_slist_append(list, field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        if headers["Content-Type"] == nil { list = curl_slist_append(list, "Content-Type:") }
        whet_easy_set_pointer(easy, CURLOPT_HTTPHEADER, list)
        curl_slist_free_all(headerList)
        headerList = list
        self.headers = headers
    }
}

// MARK: What curl calls, on the loop's thread

private func slot(_ context: UnsafeMutableRawPointer?) -> Slot? {
    context.map { Unmanaged<Slot>.fromOpaque($0).takeUnretainedValue() }
}

private let receiveBody: whet_curl_receive = { bytes, size, count, context in
    guard let slot = slot(context), let transfer = slot.transfer else { return 0 }
    switch transfer.receive(UnsafeRawBufferPointer(start: bytes, count: size * count), at: slot.loop.now) {
    case .taken:
        if transfer.isStream { slot.loop.willFlush(transfer) }
        return size * count
    case .full: return Int(CURL_WRITEFUNC_PAUSE)
    case .refused: return 0
    }
}

private let receiveHeader: whet_curl_receive = { bytes, size, count, context in
    guard let slot = slot(context), let transfer = slot.transfer else { return 0 }
    transfer.receive(headerLine: UnsafeRawBufferPointer(start: bytes, count: size * count), at: slot.loop.now)
    return size * count
}

private let connected: whet_curl_connected = { context, _, _, _, _ in
    guard let slot = slot(context), let transfer = slot.transfer else { return CURL_PREREQFUNC_ABORT }
    slot.connections += 1
    // Whether a request may be sent twice is for the retry policy to say, under a new request id.
    guard slot.connections == 1 else {
        transfer.failure = .connectionCut(receivedBytes: 0)
        return CURL_PREREQFUNC_ABORT
    }
    transfer.connected(at: slot.loop.now)
    slot.loop.didConnect(transfer, on: slot)
    return CURL_PREREQFUNC_OK
}

private let openSocket: whet_curl_open = { context, _, address in
    guard let slot = slot(context), let address else { return -1 }
    var socket = whet_open_socket(address)
    if socket < 0, errno == EMFILE {
        OpenFileLimit.raise(to: OpenFileLimit.current * 2)
        socket = whet_open_socket(address)
    }
    if socket < 0, errno == EMFILE || errno == ENFILE {
        slot.transfer?.failure = .tooManyOpenFiles(limit: OpenFileLimit.current)
    }
    if socket >= 0 { slot.loop.didOpen(socket) }
    return socket
}

private let closeSocket: whet_curl_close = { context, socket in
    if let context { Unmanaged<EventLoop>.fromOpaque(context).takeUnretainedValue().didClose(socket) }
    return close(socket)
}
