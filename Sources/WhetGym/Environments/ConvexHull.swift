import WhetCore
import WhetEnvironments

/// Twice the area of the convex hull of points in the plane.
struct ConvexHull: ProceduralEnvironment {
    static let name = "ConvexHull"
    static let summary = "Twice the area of the convex hull of points in the plane"
    static let maximumLevel = 15

    struct Problem: Codable, Sendable {
        let count: Int
        let points: [PlanePoint]
        let referenceAnswer: Int

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case points
            case referenceAnswer = "reference_answer"
        }
    }

    /// `[x, y]`.
    struct PlanePoint: Codable, Hashable, Sendable {
        let x, y: Int

        init(x: Int, y: Int) {
            self.x = x
            self.y = y
        }

        init(from decoder: any Decoder) throws {
            let pair = try Pair(from: decoder)
            self.init(x: pair.first, y: pair.second)
        }

        func encode(to encoder: any Encoder) throws { try Pair(x, y).encode(to: encoder) }

        /// Twice the signed area of the triangle with `a` and `b`.
        func cross(_ a: PlanePoint, _ b: PlanePoint) -> Int { (a.x - x) * (b.y - y) - (a.y - y) * (b.x - x) }
    }

    init() {}

    /// Five points at level 0, each level a tenth more, and one; coordinates from 0 to their number, no three in line.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = grown(from: 5, level: level, factor: 1.1, plus: 1)
        var points: [PlanePoint] = []
        var failures = 0
        while points.count < count {
            let point = PlanePoint(x: random.integer(0...count), y: random.integer(0...count))
            if Self.isInLine(point, with: points) {
                failures += 1
                // Points that leave no room for another are thrown away.
                if failures > 100 * count { (points, failures) = ([], 0) }
            } else {
                points.append(point)
            }
        }
        return Problem(count: count, points: points, referenceAnswer: Self.doubledHullArea(points))
    }

    private static func isInLine(_ point: PlanePoint, with points: [PlanePoint]) -> Bool {
        for i in points.indices {
            if points[i] == point { return true }
            for j in 0..<i where point.cross(points[i], points[j]) == 0 { return true }
        }
        return false
    }

    /// Andrew's monotone chain.
    private static func doubledHullArea(_ points: [PlanePoint]) -> Int {
        let sorted = points.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
        func chain(_ points: some Sequence<PlanePoint>) -> [PlanePoint] {
            var chain: [PlanePoint] = []
            for point in points {
                while chain.count >= 2, chain[chain.count - 2].cross(chain[chain.count - 1], point) <= 0 {
                    chain.removeLast()
                }
                chain.append(point)
            }
            return chain.dropLast()
        }
        let hull = chain(sorted) + chain(sorted.reversed())
        var area = 0
        for (index, point) in hull.enumerated() {
            let next = hull[(index + 1) % hull.count]
            area += point.x * next.y - next.x * point.y
        }
        return abs(area)
    }

    func prompt(for problem: Problem) -> String {
        """
        Here are \(problem.count) different points of the plane, no three of them on one line:
        \(problem.points.map { "(\($0.x), \($0.y))" }.joined(separator: "\n"))
        What is twice the area of their convex hull? It is a whole number; answer with it alone.
        """
    }

    func demonstration(for problem: Problem) -> String? { String(problem.referenceAnswer) }

    /// −1 no whole number above 0, else (smaller ÷ larger)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let number = answer.integer, number > 0 else { return -1 }
        return ratio(number, problem.referenceAnswer, exponent: 5)
    }
}
