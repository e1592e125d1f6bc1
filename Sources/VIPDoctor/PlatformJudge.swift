// Where the machine runs, by what its firmware says (DMI): networks that ARP cannot move an address in, and hypervisors that
// may filter it. vipd keeps each node's own MAC address, so filters of MAC addresses do not matter; filters of the IP
// addresses in ARP do.

/// What the firmware says; nil where it does not.
public struct PlatformFacts: Equatable, Sendable {
    public var systemVendor: String?
    public var productName: String?
    public var assetTag: String?
    /// The processor says that a hypervisor is there.
    public var hasHypervisor: Bool
    /// What systemd says it is contained by, as `lxc`.
    public var container: String?

    public init(
        systemVendor: String?, productName: String?, assetTag: String?, hasHypervisor: Bool, container: String? = nil
    ) {
        self.systemVendor = systemVendor
        self.productName = productName
        self.assetTag = assetTag
        self.hasHypervisor = hasHypervisor
        self.container = container
    }
}

public enum PlatformJudge {
    /// - Parameters:
    ///   - address: a virtual address, for the commands; nil without a configuration.
    ///   - isHardware: the link is one that the hypervisor gives, so its network is the cloud's: no veth, no bridge.
    public static func findings(_ facts: PlatformFacts, address: String?, isHardware: Bool) -> [Finding] {
        let vip = address ?? "the virtual address"
        if let cloud = cloud(facts) {
            // A bridge of containers within a cloud's machine is an Ethernet of its own.
            guard isHardware else {
                return [
                    Finding(
                        .note, .cloud, "this machine is one of \(cloud.name), and the link is not the cloud's",
                        why: "On the cloud's own network ARP would move nothing.")
                ]
            }
            return [
                Finding(
                    .problem, .cloud, "this machine is one of \(cloud.name)",
                    why: "Its network takes no heed of ARP: each address is where the cloud was told it is, so an "
                        + "announcement moves nothing. \(cloud.wayOut)")
            ]
        }
        if isOpenStack(facts) {
            return [
                Finding(
                    .warning, .virtualMachine,
                    "this is a machine of OpenStack, whose port security drops foreign addresses",
                    why:
                        "A port passes ARP and packets from its own addresses only, unless others are allowed. Allow the "
                        + "virtual address at the port of each node.",
                    cure: ["openstack port set --allowed-address ip-address=\(vip) PORT"])
            ]
        }
        if let container = facts.container {
            return [
                Finding(
                    .note, .virtualMachine, "this is a container (\(container))",
                    why:
                        "Its host may filter ARP by address: allow \(vip) to each node where Proxmox has the firewall's "
                        + "`IP filter` on, or LXD and Incus security.ipv4_filtering.")
            ]
        }
        return host(facts, vip).map { [$0] } ?? []
    }

    private static func cloud(_ facts: PlatformFacts) -> (name: String, wayOut: String)? {
        let (vendor, product) = (facts.systemVendor ?? "", facts.productName ?? "")
        if vendor.hasPrefix("Amazon EC2") {
            return ("Amazon EC2", "There a load balancer does it, or a hook that moves a secondary private address.")
        }
        if product.hasPrefix("Google Compute Engine") {
            return ("Google Compute Engine", "There a load balancer does it, or a hook that moves an alias address.")
        }
        // Azure's own tag; a Hyper-V elsewhere has the same vendor and product.
        if facts.assetTag == "7783-7084-3265-9085-8269-3286-77" {
            return ("Microsoft Azure", "There a load balancer does it.")
        }
        if facts.assetTag == "OracleCloud.com" {
            return ("Oracle Cloud", "There a hook that moves a secondary private address does it.")
        }
        if vendor.hasPrefix("Alibaba Cloud") { return ("Alibaba Cloud", "There a HAVIP of the cloud does it.") }
        if vendor == "Hetzner" && product == "vServer" {
            return (
                "Hetzner Cloud", "There a load balancer does it, or a hook that moves an alias or floating address."
            )
        }
        return nil
    }

    private static func isOpenStack(_ facts: PlatformFacts) -> Bool {
        (facts.productName ?? "").hasPrefix("OpenStack") || (facts.systemVendor ?? "").hasPrefix("OpenStack")
    }

    private static func host(_ facts: PlatformFacts, _ vip: String) -> Finding? {
        let (vendor, product) = (facts.systemVendor ?? "", facts.productName ?? "")
        let note = { (what: String, why: String) in
            Finding(.note, .virtualMachine, "this is a virtual machine: \(what)", why: why)
        }
        if vendor == "QEMU" || product.hasPrefix("KVM") || product.hasPrefix("Standard PC") {
            return note(
                "KVM",
                "MAC address filters do not matter, for a node keeps its own. Filters of addresses do: allow \(vip) to each "
                    + "node where Proxmox has the firewall's `IP filter` on (an IPSet ipfilter-net0 of the machine), or "
                    + "libvirt a filterref such as clean-traffic or no-ip-spoofing (its parameter IP).")
        }
        if vendor.hasPrefix("VMware") {
            return note(
                "VMware",
                "Neither `Forged transmits` nor `MAC address changes` is needed, for a node keeps its own MAC address. "
                    + "Where NSX has SpoofGuard on, allow \(vip) at each node's port.")
        }
        if vendor == "Microsoft Corporation" && product == "Virtual Machine" {
            return note(
                "Hyper-V",
                "`MAC address spoofing` is not needed, for a node keeps its own. Port ACLs must let \(vip) pass.")
        }
        if vendor == "Xen" { return note("Xen", "Where the host filters ARP by address, allow \(vip) to each node.") }
        guard facts.hasHypervisor else { return nil }
        return note(
            vendor.isEmpty ? "its host gives no name" : vendor,
            "Where the host filters ARP by address, allow \(vip) to each node. `vipd doctor --probe` asks the others.")
    }
}
