import WhetCore

extension GenerationScheduler {
    /// Ends what is selected, running or waiting, with what it has.
    ///
    /// - Returns: how many generations that were.
    func abort(_ selection: GenerationEngine.AbortSelection) -> Int {
        switch selection {
        case .all: return end { _ in true }
        case .id(let id):
            let count = end { $0.request.id.hasPrefix(id) }
            if count == 0 { lateAborts.missed(id) }
            return count
        }
    }

    /// Ends the requests of one batch: whoever sent them has gone.
    func cancel(_ ticket: GenerationEngine.Ticket) {
        _ = end { $0.ticket === ticket }
    }

    private func end(where isSelected: (RunningGeneration<Session>) -> Bool) -> Int {
        let selected = running.filter(isSelected) + waiting.filter(isSelected)
        guard !selected.isEmpty else { return 0 }
        running.removeAll(where: isSelected)
        waiting.removeAll(where: isSelected)
        selected.forEach { finish($0, .abort) }
        return selected.count
    }
}
