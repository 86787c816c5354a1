import WhetCore

/// Draws that many environments make.
extension RandomStream {
    /// A uniform whole number of `range`.
    mutating func integer(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func chance(_ probability: Double) -> Bool { unit() < probability }

    /// The numbers 0 ..< count in random order.
    mutating func permutation(_ count: Int) -> [Int] { Array(0..<count).shuffled(using: &self) }

    /// `size` different numbers of 0 ..< count, in random order.
    mutating func sample(_ size: Int, of count: Int) -> [Int] {
        guard size * 4 > count else {
            var chosen: Set<Int> = []
            var sample: [Int] = []
            while sample.count < size {
                let number = integer(0...count - 1)
                if chosen.insert(number).inserted { sample.append(number) }
            }
            return sample
        }
        var numbers = Array(0..<count)
        for index in 0..<size { numbers.swapAt(index, integer(index...count - 1)) }
        return Array(numbers[..<size])
    }

    /// One of the elements, each as likely as the others. There is at least one.
    mutating func element<Element>(of elements: [Element]) -> Element { elements[integer(0...elements.count - 1)] }

    /// `count` numbers of at least 1 that add up to `sum`: it is cut at different places.
    mutating func parts(_ count: Int, of sum: Int) -> [Int] {
        let cuts = [0] + sample(count - 1, of: sum - 1).map { $0 + 1 }.sorted() + [sum]
        return zip(cuts.dropFirst(), cuts).map { $0 - $1 }
    }

    /// An index, each as likely as its weight says.
    mutating func weighted(_ weights: [Int]) -> Int {
        var rest = integer(0...weights.reduce(0, +) - 1)
        for (index, weight) in weights.enumerated() {
            rest -= weight
            if rest < 0 { return index }
        }
        return weights.count - 1
    }
}
