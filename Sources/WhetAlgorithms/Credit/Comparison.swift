import WhetCore

extension [ScoredRollout] {
    /// The advantage that `compare` finds for each rollout among its group, in the order of rollouts.
    ///
    /// - Parameter compare: from the total rewards of a group's members to as many advantages, in the same order.
    func comparedByGroup(_ compare: (_ rewards: [Double]) -> [Double]) -> [Double] {
        comparedByGroup { members, rewards in compare(rewards) }
    }

    /// As above; `compare` also sees the members.
    func comparedByGroup(_ compare: (_ members: [ScoredRollout], _ rewards: [Double]) -> [Double]) -> [Double] {
        var advantages = [Double](repeating: 0, count: count)
        for places in placesByGroup {
            let members = places.map { self[$0] }
            for (place, advantage) in zip(places, compare(members, members.map(\.totalReward))) {
                advantages[place] = advantage
            }
        }
        return advantages
    }

    /// `comparedByGroup`, for all tokens of a rollout alike.
    func creditedByGroup(_ compare: (_ rewards: [Double]) -> [Double]) -> [RolloutCredit] {
        comparedByGroup(compare).map(RolloutCredit.uniform)
    }

    /// The places of each group's members, groups in the order in which they first appear.
    var placesByGroup: [[Int]] {
        var groups: [[Int]] = []
        var numbers: [GroupID: Int] = [:]
        for (place, rollout) in enumerated() {
            if let number = numbers[rollout.group] {
                groups[number].append(place)
            } else {
                numbers[rollout.group] = groups.count
                groups.append([place])
            }
        }
        return groups
    }
}

extension [Double] {
    /// What each value is better than the mean of all; a value alone stays as it is.
    var aboveMean: [Double] {
        guard count > 1 else { return self }
        let mean = mean
        return map { $0 - mean }
    }

    /// `aboveMean` divided by the standard deviation of all (1 of a value alone).
    func standardized(epsilon: Double) -> [Double] {
        let scale = standardDeviation + epsilon
        return aboveMean.map { $0 / scale }
    }
}
