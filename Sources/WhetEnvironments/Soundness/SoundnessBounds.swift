/// From where on a figure is a finding.
struct SoundnessBounds: Sendable {
    /// A problem has to be made in this time.
    var generation: Duration = .seconds(10)
    /// An answer has to be scored in this time, however long and nasty it is.
    var scoring: Duration = .seconds(5)

    /// More altered answers passing than this share is an error.
    ///
    /// An altered answer that passes proves nothing by itself: a problem may have many right answers, and nobody but
    /// the environment can tell. It is wrong only if the environment does not look at what was altered, and that shows
    /// in the share: where most answers that somebody damaged pass, the score hardly depends on the answer. For the
    /// right answers of other problems it is an error in any case; for answers that are not marked off in a message a
    /// warning, since of a whole message (a letter, a program) many words may change.
    var altered = 0.5
    /// More than this is a warning.
    var alteredWarning = 0.25

    /// One fixed answer that passes more problems than this share is an error: a policy that says it without reading
    /// has all but solved the environment. (A fair question with two answers has 0.5.)
    var trivial = 0.9
    /// More than this is a warning.
    var trivialWarning = 0.6

    /// A secret that stands in the same surroundings in this share of prompts is put there by the template.
    var leak = 0.9
    /// A long secret that stands anywhere in more than this share of prompts is a warning.
    var longLeak = 0.05
    /// In characters; what is as long is in a prompt by no accident.
    var longSecret = 24

    /// Shares of fewer than this are not judged.
    var smallestSample = 20
    /// Hostile answers are tried on this many problems of each level, the huge ones on one.
    var hostileProblems = 2
    /// In bytes.
    var hugeAnswer = 1 << 20
    /// An episode that a senseless policy does not end in as many turns is scored as it is.
    var turns = 50

    /// Where chance decides: each statement is proved with an error of at most this. A check of a hundred environments
    /// makes some thousand statements, so that a wrong one among them all has a chance of a thousandth.
    var alpha = 1e-6
    /// By how much more demonstrations have to earn than thoughtless play, as a share of the range of rewards.
    var margin = 0.01
    /// What so many games of a level cannot prove is not believed.
    var mostGames = 20_000

    init() {}
}
