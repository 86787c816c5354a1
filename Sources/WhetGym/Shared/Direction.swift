/// A step on a grid.
enum Direction: Int, CaseIterable, Sendable {
    // A quarter turn from each to the next.
    case up, right, down, left

    var name: String {
        switch self {
        case .up: "up"
        case .right: "right"
        case .down: "down"
        case .left: "left"
        }
    }

    var compassName: String {
        switch self {
        case .up: "north"
        case .right: "east"
        case .down: "south"
        case .left: "west"
        }
    }

    /// The name or its first letter.
    init?(_ move: String) {
        let match = Self.allCases.first { $0.name == move || $0.name.prefix(1) == move }
        guard let match else { return nil }
        self = match
    }

    /// The name on a compass or its first letter.
    init?(compass move: String) {
        let match = Self.allCases.first { $0.compassName == move || $0.compassName.prefix(1) == move }
        guard let match else { return nil }
        self = match
    }

    /// U, R, D or L.
    init?(letter: UInt8) {
        guard let match = Self.allCases.first(where: { $0.letter == letter }) else { return nil }
        self = match
    }

    var letter: UInt8 {
        switch self {
        case .up: UInt8(ascii: "U")
        case .right: UInt8(ascii: "R")
        case .down: UInt8(ascii: "D")
        case .left: UInt8(ascii: "L")
        }
    }

    static let words = "up, down, left or right"

    func turned(_ quarters: Int) -> Direction { Self.allCases[(rawValue + quarters) & 3] }

    var opposite: Direction { turned(2) }
}

extension GridShape {
    /// The cell one step away; nil beyond the edge.
    func neighbor(of cell: Int, _ direction: Direction) -> Int? {
        let column = cell % columns
        switch direction {
        case .up: return cell >= columns ? cell - columns : nil
        case .right: return column + 1 < columns ? cell + 1 : nil
        case .down: return cell + columns < count ? cell + columns : nil
        case .left: return column > 0 ? cell - 1 : nil
        }
    }

    /// How many steps each cell is from `start`; −1 where there is no way.
    ///
    /// - Parameter step: where a step from a cell leads; nil if it cannot be made.
    func distances(from start: Int, step: (Int, Direction) -> Int?) -> [Int] {
        var distances = [Int](repeating: -1, count: count)
        distances[start] = 0
        var queue = [start]
        var head = 0
        while head < queue.count {
            let cell = queue[head]
            head += 1
            for direction in Direction.allCases {
                guard let next = step(cell, direction), distances[next] < 0 else { continue }
                distances[next] = distances[cell] + 1
                queue.append(next)
            }
        }
        return distances
    }
}
