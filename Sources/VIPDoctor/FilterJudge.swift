// This machine's own rules for ARP: chains of nf_tables, and the tables of arptables.

/// A chain of nf_tables that ARP passes.
public struct FilterChain: Equatable, Sendable {
    /// `arp`, `bridge` or `netdev`.
    public var family: String
    public var table: String
    public var name: String
    public var hook: String?
    /// `accept`, `drop`; nil for a chain that only others call.
    public var policy: String?
    /// Of the family netdev: the link.
    public var device: String?

    public init(family: String, table: String, name: String, hook: String?, policy: String?, device: String? = nil) {
        self.family = family
        self.table = table
        self.name = name
        self.hook = hook
        self.policy = policy
        self.device = device
    }
}

/// What was found of the rules.
public struct FilterFacts: Equatable, Sendable {
    /// Nil where they could not be listed.
    public var chains: [FilterChain]?
    /// Tables of arptables' old kind.
    public var arpTables: [String]

    public init(chains: [FilterChain]?, arpTables: [String]) {
        self.chains = chains
        self.arpTables = arpTables
    }
}

public enum FilterJudge {
    public static func findings(_ facts: FilterFacts, link: LinkInspection) -> [Finding] {
        let chains = (facts.chains ?? []).filter { chain in
            guard chain.hook != nil, !chain.table.hasPrefix("vipd_overlap_") else { return false }
            switch chain.family {
            case "arp": return true
            case "bridge": return link.kind == "bridge"
            case "netdev": return chain.device == nil || chain.device == link.name
            default: return false
            }
        }
        var findings = chains.map { chain in
            let drops = chain.policy == "drop"
            return Finding(
                drops ? .warning : .note, .arpRules, about: link.name,
                "nftables has a chain that ARP passes\(drops ? ", and drops what it does not name" : ""): "
                    + "\(chain.family) \(chain.table) \(chain.name)",
                why: "Nodes need ARP of their addresses and of the virtual one in both directions, frames to the group "
                    + "address 03:56:49:50:44:01 included. See what it does.",
                cure: ["nft list chain \(chain.family) \(chain.table) \(chain.name)"])
        }
        if !facts.arpTables.isEmpty {
            findings.append(
                Finding(
                    .note, .arpRules, about: link.name,
                    "arptables has tables: \(facts.arpTables.joined(separator: ", "))",
                    why:
                        "Nodes need ARP of their addresses and of the virtual one in both directions. See what they do.",
                    cure: ["arptables-legacy -L -n"]))
        }
        if findings.isEmpty, facts.chains != nil {
            findings.append(Finding(.ok, .arpRules, about: link.name, "no rules of this machine's firewall touch ARP"))
        }
        return findings
    }
}
