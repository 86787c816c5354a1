extension Collection<Double> {
    /// The arithmetic mean; 0 of nothing.
    public var mean: Double { isEmpty ? 0 : reduce(0, +) / Double(count) }

    /// The unbiased (n − 1) standard deviation; 1 of fewer than two values, so that dividing by it changes nothing.
    public var standardDeviation: Double {
        guard count > 1 else { return 1 }
        let mean = mean
        let squares = reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(count - 1)).squareRoot()
    }
}
