import Foundation

extension HTTPClient {
    /// Sends a request, and again by `policy` while it fails in a way that may pass.
    ///
    /// - Parameters:
    ///   - make: gives the request of try 1, 2, …; each wants an id of its own where the server knows ids.
    ///   - read: takes what is wanted out of a successful answer. If it throws, the answer was garbled, and that is
    ///     tried again as well; its last error is thrown as it is.
    /// - Throws: `HTTPError` (also for a final status that is no success, or when tries or time run out); what `make`
    ///   throws.
    public func send<Value: Sendable>(
        retrying policy: RetryPolicy, timeouts: HTTPTimeouts = .standard,
        make: @Sendable (_ try: Int) throws -> HTTPRequest, reading read: @Sendable (HTTPResponse) throws -> Value
    ) async throws -> Value {
        try await retrying(policy, clock: ContinuousClock()) { count, remaining in
            let request = try make(count)
            let response = try await send(request, timeouts: timeouts.bounded(by: remaining))
            guard response.isSuccess else { throw HTTPError(.status(response), request: request.description) }
            do {
                return try read(response)
            } catch {
                throw GarbledAnswer(error: error)
            }
        }
    }

    /// The same, for the whole answer.
    public func send(
        retrying policy: RetryPolicy, timeouts: HTTPTimeouts = .standard,
        make: @Sendable (_ try: Int) throws -> HTTPRequest
    ) async throws -> HTTPResponse {
        try await send(retrying: policy, timeouts: timeouts, make: make, reading: { $0 })
    }
}

/// What a caller could not read in an answer that was a success by its status.
package struct GarbledAnswer: Error {
    package let error: any Error
    package init(error: any Error) { self.error = error }
}

/// The loop of tries, on any clock.
///
/// - Parameter attempt: one try, given its number and how much time is left for it.
package func retrying<Value, Time: Clock>(
    _ policy: RetryPolicy, clock: Time, attempt: (_ try: Int, _ remaining: Duration?) async throws -> Value
) async throws -> Value where Time.Duration == Duration {
    let end = policy.deadline.map { clock.now.advanced(by: $0) }
    var random = SystemRandomNumberGenerator()
    var count = 1
    while true {
        do {
            return try await attempt(count, end.map { max(.zero, clock.now.duration(to: $0)) })
        } catch {
            guard count < policy.maximumTries, let failure = Failure(error) else { throw final(error, tries: count) }
            let delay = policy.delay(afterTry: count, retryAfter: failure.retryAfter, random: &random)
            if let end, clock.now.advanced(by: delay) >= end { throw final(error, tries: count) }
            do {
                try await clock.sleep(until: clock.now.advanced(by: delay), tolerance: nil)
            } catch {
                throw HTTPError(.cancelled, request: failure.request, tries: count)
            }
        }
        count += 1
    }
}

/// A failure that may pass.
private struct Failure {
    var request = ""
    var retryAfter: Duration?

    /// - Returns: nil for a final one.
    init?(_ error: any Error) {
        if error is GarbledAnswer { return }
        guard let error = error as? HTTPError, error.reason.isTransient else { return nil }
        request = error.request
        if case .status(let response) = error.reason {
            retryAfter = response.headers["Retry-After"].flatMap {
                RetryAfter.parse($0, now: Date().timeIntervalSince1970)
            }
        }
    }
}

private func final(_ error: any Error, tries: Int) -> any Error {
    if let garbled = error as? GarbledAnswer { return garbled.error }
    guard var error = error as? HTTPError else { return error }
    error.tries = tries
    return error
}
