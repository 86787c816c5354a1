/// PPO's clipped objective: no gain from moving a token's probability further than the clip range.
///
///     loss = max(−A · ratio, −A · clip(ratio, 1 − clip_low, 1 + clip_high)), and for A < 0 at most −A · dual_clip
///
/// ratio = policy / behavior, its log within ±20. A larger `clip_high` than `clip_low` is DAPO's clip-higher; without
/// an upper limit (`clip_high` null) it is optimistic clipping: only losing probability is limited.
///
/// Source: PPO, arXiv 1707.06347; dual clip, arXiv 1912.09729; clip-higher, DAPO, arXiv 2503.14476.
public struct PPOClip: TokenObjective, ConfigurableObjective {
    public static let name = "ppo_clip"
    public static let formula =
        "max(−Aρ, −A·clip(ρ, 1 − clip_low, 1 + clip_high)), unbounded above if clip_high is null; "
        + "for A < 0 at most −A·dual_clip"
    public static let source = "arXiv 1707.06347, 1912.09729"

    public var clipLow = 0.2
    /// nil sets no upper limit.
    public var clipHigh: Double? = 0.2
    /// Bounds the loss of tokens with a negative advantage whose probability exploded; nil sets no bound.
    public var dualClip: Double? = 3

    public init() {}

    public init(clipLow: Double, clipHigh: Double?, dualClip: Double? = 3) {
        self.clipLow = clipLow
        self.clipHigh = clipHigh
        self.dualClip = dualClip
    }

    public static let settings: [Setting<Self>] = [
        .number("clip_low", \.clipLow, in: 0...1, "how far below 1 the ratio may fall"),
        .optionalNumber(
            "clip_high", \.clipHigh, in: .nonNegative, "how far above 1 the ratio may rise; null sets no limit"),
        .optionalNumber(
            "dual_clip", \.dualClip, in: 1.0.nextUp ... .greatestFiniteMagnitude,
            "the ratio from which a negative advantage weighs no more; null sets no limit"),
    ]

    func token(_ token: ObjectiveToken) -> TokenLoss {
        let ratio = token.ratio, advantage = token.advantage
        let clippedRatio = min(max(ratio, 1 - clipLow), clipHigh.map { 1 + $0 } ?? .infinity)
        let plain = -advantage * ratio, clipped = -advantage * clippedRatio
        let bound = dualClip.map { -advantage * $0 } ?? .infinity
        if advantage < 0, max(plain, clipped) > bound {
            return TokenLoss(loss: bound, slope: 0, isClipped: clipped > plain, isClippedBelow: true)
        }
        if clipped > plain { return TokenLoss(loss: clipped, slope: 0, isClipped: true) }
        return TokenLoss(loss: plain, slope: -advantage * token.ratioSlope)
    }
}
