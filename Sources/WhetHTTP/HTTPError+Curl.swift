internal import CCurl

extension HTTPError.Reason {
    /// What one of curl's codes means here; nil for success.
    ///
    /// - Parameter words: what curl says about it, if anything.
    init?(_ code: CURLcode, words: String, timeouts: HTTPTimeouts) {
        let words = words.isEmpty ? String(cString: curl_easy_strerror(code)) : words
        switch code {
        case CURLE_OK: return nil
        case CURLE_OPERATION_TIMEDOUT:
            // Only connecting is timed by curl.
            self = .couldNotConnect("no connection within \(timeouts.connect.words)")
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_SSL_CONNECT_ERROR,
            CURLE_PROXY, CURLE_INTERFACE_FAILED:
            self = .couldNotConnect(words)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            self = .untrusted(words)
        case CURLE_RECV_ERROR where words.contains("chunk"): self = .invalidReply(words)
        case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE:
            self = .connectionCut(receivedBytes: 0)
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT: self = .invalidRequest(words)
        case CURLE_OUT_OF_MEMORY: self = .couldNotConnect(words)
        default: self = .invalidReply(words)
        }
    }
}
