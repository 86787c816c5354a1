#if canImport(Glibc)
    import Glibc
#endif

/// The number of files and sockets that the system lets this process have open.
package enum OpenFileLimit {
    package static var current: Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    /// Raises the limit to at least `count`, as far as the system allows.
    ///
    /// - Returns: the limit there is now.
    @discardableResult
    package static func raise(to count: Int) -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < rlim_t(count) else { return current }
        let hard = limit.rlim_max
        limit.rlim_cur = rlim_t(count)
        limit.rlim_max = max(hard, rlim_t(count))  // above the hard limit only root succeeds
        if setrlimit(resource, &limit) != 0 {
            limit.rlim_cur = min(rlim_t(count), hard)
            limit.rlim_max = hard
            _ = setrlimit(resource, &limit)
        }
        return current
    }
}
