extension WhetError {
    /// The same mistake, found within `outer`, which is said before the place that it names itself.
    public func within(_ outer: String) -> WhetError {
        var error = self
        error.place = [outer, place].compactMap(\.self).joined(separator: ", ")
        return error
    }
}
