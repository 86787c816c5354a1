import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

@Suite("Interactive environments: lake, warehouse and maze")
struct LakeAndMazeTests {
    // MARK: - FrozenLake

    static func lake(_ map: [String], slip: Int = 0, limit: Int = 20) -> FrozenLake.Problem {
        FrozenLake.Problem(map: map, slip: slip, limit: limit, seed: 1)
    }

    @Test("steps, edges, holes and the goal")
    func lakeRules() throws {
        let game = FrozenLake()
        let problem = Self.lake(["S.O", "..G"])
        #expect(try game.state(problem, after: ["right"]).cell == 1)
        #expect(try game.state(problem, after: ["up", "left"]).cell == 0)
        let fallen = try game.state(problem, after: ["right", "right"])
        #expect(game.isOver(fallen) && game.score(of: fallen).reward == 0)
        #expect(game.score(of: fallen).reason == "fell into a hole")
        let home = try game.state(problem, after: ["d", "r", "r"])
        #expect(game.isOver(home) && game.score(of: home).isSolved)
        // Two of three steps are left.
        let cut = game.score(of: try game.state(problem, after: ["down"]))
        #expect(abs(cut.reward - 1.0 / 6) < 1e-12 && !cut.isSolved)
        let late = try game.state(Self.lake(["S.O", "..G"], limit: 1), after: ["down"])
        #expect(game.isOver(late))
    }

    @Test("slips are as frequent as said, to both sides, and the same whenever a game is played again")
    func slips() throws {
        let game = FrozenLake()
        var counts = [0, 0, 0, 0]
        for seed in 0..<600 {
            let problem = FrozenLake.Problem(map: ["...", ".S.", "..G"], slip: 40, limit: 9, seed: seed)
            let state = try game.state(problem, after: ["up"])
            #expect(try game.state(problem, after: ["up"]).cell == state.cell)
            counts[try #require([1: 0, 5: 1, 7: 2, 3: 3][state.cell])] += 1
        }
        #expect(counts[2] == 0)
        #expect((310...410).contains(counts[0]))
        #expect((85...155).contains(counts[1]))
        #expect((85...155).contains(counts[3]))
    }

    @Test("the player keeps away from holes where the ice is slippery")
    func carefulPlayer() throws {
        let lake = try #require(Lake(["S.....G", "OOOOOOO"]))
        // Up, against the edge, one can slip only sideways.
        #expect(lake.bestMove(from: 1, moves: 100, slip: 60) == .up)
        #expect(lake.bestMove(from: 1, moves: 5, slip: 0) == .right)
    }

    @Test("a lake without a way, start or goal is none", arguments: [
        ["SOG"], ["S.."], ["..G"], ["SS.G"], ["S.", "G"], ["SxG"], [],
    ])
    func noLake(_ map: [String]) { #expect(Lake(map) == nil) }

    // MARK: - Sokoban

    @Test("pushes, walls and boxes that stand in the way")
    func sokobanRules() throws {
        let game = Sokoban()
        let map = ["#######", "#.-$@-#", "#-$$--#", "#.---.#", "#######"]
        let problem = Sokoban.Problem(map: map, solution: "", limit: 50)
        var state = try game.start(of: problem)
        #expect(game.observation(of: state) == map.joined(separator: "\n") + "\nMoves left: 50.")
        #expect(game.legalMoves(in: state) == ["right", "down", "left"])
        #expect(game.play("up", in: &state) == .illegal("there is a wall up"))
        #expect(game.play("left", in: &state) == .played(""))
        #expect(SokobanMap.lines(state.room, state.position)[1] == "#.$@--#")
        #expect(game.play("down", in: &state) == .played(""))
        #expect(SokobanMap.lines(state.room, state.position)[2...3] == ["#-$@--#", "#.-$-.#"])
        #expect(game.play("down", in: &state) == .illegal("that box cannot be pushed down"))
    }

    @Test("a box in a corner that is no goal loses; the share of boxes on goals counts")
    func stuckBox() throws {
        let game = Sokoban()
        let problem = Sokoban.Problem(map: ["#######", "#-$@$.#", "#----.#", "#######"], solution: "", limit: 50)
        let stuck = try game.state(problem, after: ["left"])
        #expect(stuck.isStuck && game.isOver(stuck))
        #expect(game.score(of: stuck).reward == 0)
        let half = try game.state(problem, after: ["right"])
        #expect(game.score(of: half).reward == 0.25)
    }

    @Test("the solver finds the fewest pushes, and sees that there is no solution")
    func solver() throws {
        let (room, position) = try #require(SokobanMap.read(["######", "#@-$.#", "######"]))
        let solution = try #require(SokobanSolver(room: room, limit: 100).solution(from: position))
        #expect(solution.pushes == 1 && solution.moves == [.right, .right])
        let (closed, start) = try #require(SokobanMap.read(["######", "#$@-.#", "######"]))
        #expect(SokobanSolver(room: closed, limit: 100).solution(from: start) == nil)
    }

    @Test("the player finds its way back when the policy has left the solution")
    func solvesFromElsewhere() throws {
        let game = Sokoban()
        var random = RandomStream(seed: 2, purpose: "test")
        let problem = game.problem(level: 3, random: &random)
        var state = try game.start(of: problem)
        // A step without a push, if there is one, can be taken back.
        for move in game.legalMoves(in: state) {
            var next = state
            _ = game.play(move, in: &next)
            if next.position.boxes == state.position.boxes { state = next }
        }
        while !game.isOver(state) {
            let move = try #require(game.nextMove(in: state))
            try #require(game.play(move, in: &state) == .played(""))
        }
        #expect(state.isSolved)
    }

    @Test("what is no room is not read", arguments: [
        [], ["###", "#@#", "###"], ["#####", "#@$.", "#####"], ["#####", "#@$.#", "##-##"],
        ["######", "#@@$.#", "######"], ["#####", "#@$x#", "#####"], ["######", "#@$$.#", "######"],
    ])
    func noRoom(_ map: [String]) { #expect(SokobanMap.read(map) == nil) }

    // MARK: - Maze

    /// Three rooms in a row: west–middle–east; the exit is in the east.
    static let row = TextMaze.Problem(width: 3, ways: [2, 10, 8], start: 0, exit: 2, limit: 6)

    @Test("ways, walls, looking about and the exit")
    func mazeRules() throws {
        let game = TextMaze()
        var state = try game.start(of: Self.row)
        #expect(game.observation(of: state) == "Ways lead east. Moves left: 6.")
        #expect(game.play("north", in: &state) == .illegal("there is a wall to the north"))
        #expect(game.play("look", in: &state) == .played("Looking east: 2 rooms, the exit after 2."))
        #expect(game.play("e", in: &state) == .played("You go east."))
        #expect(game.observation(of: state) == "Ways lead east, west. Moves left: 4.")
        #expect(game.score(of: state).reward == 0.25)
        #expect(game.play("east", in: &state) == .played("You go east."))
        #expect(game.isOver(state) && game.score(of: state).isSolved)
    }

    @Test("the opening tells nothing of the maze but the first room")
    func mazeOpening() throws {
        let environment = try interactive(TextMaze.self)
        let other = TextMaze.Problem(width: 3, ways: [2, 10, 8], start: 0, exit: 1, limit: 6)
        #expect(try environment.task(Self.row).messages == environment.task(other).messages)
    }

    @Test("ways that lead nowhere or one way only are no maze", arguments: [
        [1, 0], [2, 0], [0, 0], [2, 8, 0, 0], [16, 0], [],
    ])
    func noMaze(_ ways: [Int]) { #expect(MazePlan(width: 2, ways: ways) == nil) }
}
