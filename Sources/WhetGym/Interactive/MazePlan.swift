import WhetCore

/// A maze of rooms on a grid: which have a way between them.
///
/// Keeps: a way leads in both directions; every room can be reached from every other.
struct MazePlan: Sendable {
    let shape: GridShape
    /// A bit for each direction that has a way, by `Direction.rawValue`.
    private(set) var ways: [Int]

    /// - Parameter loops: how many walls are taken out of a maze that had just one way between any two rooms.
    init(width: Int, height: Int, loops: Int, random: inout RandomStream) {
        shape = GridShape(rows: height, columns: width)
        ways = [Int](repeating: 0, count: shape.count)
        carve(random: &random)
        for _ in 0..<loops {
            let room = random.integer(0...shape.count - 1)
            open(room, random.element(of: Direction.allCases))
        }
    }

    /// nil if the ways lead off the grid, in one direction only, or not everywhere.
    init?(width: Int, ways: [Int]) {
        guard width > 0, !ways.isEmpty, ways.count % width == 0 else { return nil }
        shape = GridShape(rows: ways.count / width, columns: width)
        self.ways = ways
        for room in 0..<shape.count {
            guard 0...15 ~= ways[room] else { return nil }
            for direction in Direction.allCases where ways[room] >> direction.rawValue & 1 == 1 {
                guard let next = shape.neighbor(of: room, direction),
                    ways[next] >> direction.opposite.rawValue & 1 == 1
                else { return nil }
            }
        }
        guard !distances(from: 0).contains(-1) else { return nil }
    }

    /// The room that a way leads to; nil where there is a wall.
    func next(_ room: Int, _ direction: Direction) -> Int? {
        ways[room] >> direction.rawValue & 1 == 1 ? shape.neighbor(of: room, direction) : nil
    }

    func directions(from room: Int) -> [Direction] { Direction.allCases.filter { next(room, $0) != nil } }

    func distances(from room: Int) -> [Int] { shape.distances(from: room) { next($0, $1) } }

    private mutating func open(_ room: Int, _ direction: Direction) {
        guard let next = shape.neighbor(of: room, direction) else { return }
        ways[room] |= 1 << direction.rawValue
        ways[next] |= 1 << direction.opposite.rawValue
    }

    /// Walks at random into rooms that have no way yet, and back where there is none.
    private mutating func carve(random: inout RandomStream) {
        var trail = [random.integer(0...shape.count - 1)]
        while let room = trail.last {
            let fresh = Direction.allCases.filter { shape.neighbor(of: room, $0).map { ways[$0] == 0 } ?? false }
            guard !fresh.isEmpty else {
                trail.removeLast()
                continue
            }
            let direction = random.element(of: fresh)
            open(room, direction)
            trail.append(shape.neighbor(of: room, direction) ?? room)
        }
    }
}
