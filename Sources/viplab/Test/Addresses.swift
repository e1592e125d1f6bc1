// Scenarios: what `vipd get addresses` shows, held against what ip(8) says of the same machine.
import Foundation

extension Scenario {
    static let addresses: [Scenario] = [
        Scenario(
            name: "get-addresses", promise: "vipd get addresses shows the VIP on the holder alone, and follows a move",
            body: getAddresses)
    ]

    private static func getAddresses(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            try expectAddresses(of: lab, holder: holder, stage)
            let successor = lab.nodes[(holder.index + 1) % lab.nodes.count]
            _ = try lab.move(from: holder, to: successor)
            let now = try lab.settle()
            let count = try expectAddresses(of: lab, holder: now, stage)
            return "\(count) addresses of \(lab.nodes.count) machines, as ip has them"
        }
    }

    /// The number of addresses that were listed.
    @discardableResult
    private static func expectAddresses(of lab: Lab, holder: Node, _ stage: Stage) throws -> Int {
        var count = 0
        for node in lab.nodes {
            let rows = try Tool.need(node.machine.namespace.inside([stage.vipd, "get", "addresses"]))
                .split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            stage.judge.expect(
                rows.first == ["NODE", "NAMESPACE", "TYPE", "ID", "VERSION", "ADDRESS", "LINK"],
                "the heading is \(rows.first ?? [])")
            let own = Plan.address(ofNode: node.machine.number)
            stage.judge.expect(
                rows.dropFirst().allSatisfy { $0.first == own }, "\(node.name) does not call itself \(own)")
            let ids = rows.dropFirst().compactMap { $0.count == 7 ? $0[3] : nil }
            let vip = "\(Plan.interface)/\(Plan.vip)/32"
            stage.judge.expect(
                ids.contains(vip) == (node === holder),
                "\(node.name) \(node === holder ? "holds and does not show" : "does not hold and shows") \(vip)")
            let known = try kernelAddresses(of: node)
            stage.judge.expect(ids == known.sorted(), "\(node.name) lists \(ids), and ip \(known.sorted())")
            let objects = try jsonIDs(of: node, stage)
            stage.judge.expect(objects == ids, "\(node.name) lists \(objects) in JSON, and \(ids) in the table")
            count += ids.count
        }
        return count
    }

    /// What ip(8) lists, as `LINK/ADDRESS/LENGTH`.
    private static func kernelAddresses(of node: Node) throws -> [String] {
        try Tool.need(node.machine.namespace.inside(["ip", "-o", "address"])).split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            return words.count > 3 ? "\(words[1])/\(words[3])" : String(line)
        }
    }

    /// The ids of the JSON, whose objects begin with a brace in the first column.
    private static func jsonIDs(of node: Node, _ stage: Stage) throws -> [String] {
        let text = try Tool.need(node.machine.namespace.inside([stage.vipd, "get", "addresses", "-o", "json"]))
        return try text.components(separatedBy: "\n}").filter { $0.contains("{") }.map { part in
            guard let object = try JSONSerialization.jsonObject(with: Data((part + "}").utf8)) as? [String: Any],
                let id = (object["metadata"] as? [String: Any])?["id"] as? String
            else { throw LabError("vipd get addresses -o json has an object without an id: \(part)") }
            return id
        }
    }
}
