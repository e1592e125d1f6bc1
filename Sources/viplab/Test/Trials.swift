// Scenarios: the faults of a holder, each with its repair.
import Foundation

extension Scenario {
    static let trials: [Scenario] = Trial.allCases.map { trial in
        Scenario(name: trial.rawValue, promise: trial.promise) { stage in
            try stage.settledLab { lab, _ in
                let result = try lab.run(trial, judge: &stage.judge)
                let outage = result.fault.outage
                let after = result.fault.takeover.map { ", taken over after \($0.after.short)" } ?? ""
                let heal = trial == .partition ? ", two holders for \(result.repair.overlap.short) on healing" : ""
                let client =
                    "client without for \(outage.gap.short), \(outage.failed) of \(outage.attempts) attempts failed"
                return client + after + heal
            }
        }
    }
}

extension Trial {
    fileprivate var promise: String {
        switch self {
        case .powerCut: "a holder without power is replaced, and comes back as a candidate"
        case .kill: "a killed daemon's VIP goes with its lease: never two holders"
        case .hang: "a hung daemon's VIP goes with its lease: never two holders, then a candidate"
        case .stop: "a stopped daemon hands over, so that no attempt fails, and exits 0 within a second"
        case .unplug: "a holder without carrier lets go at once, and comes back as a candidate"
        case .partition: "a partition has a holder on each side, and healed again one"
        }
    }
}
