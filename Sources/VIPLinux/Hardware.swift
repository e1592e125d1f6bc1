// What sysfs tells about the device behind an interface: the facts of Talos' device selectors that rtnetlink lacks.

internal import Glibc

/// The device behind an interface. Everything is nil for one made by software.
public struct Hardware: Hashable, Sendable {
    /// The kernel driver's name: `e1000e`, `virtio_net`.
    public let driver: String?
    /// Where it is plugged in: `0000:00:1f.6` on PCI (a virtio device's carrier included), `1-1.3` on USB.
    public let busPath: String?
    /// PCI vendor and device in upper-case hexadecimal, as the kernel writes them: `8086:15BC`.
    public let pciID: String?

    /// Reads the facts of the interface of that name, as of now; an interface that is not there has none.
    public init(interface: String) { self.init(interface: interface, sysfs: "/sys") }

    /// `sysfs` is where the file system is mounted; tests put a tree of their own there.
    init(interface: String, sysfs: String) {
        let device = "\(sysfs)/class/net/\(interface)/device"
        let event = readFile("\(device)/uevent") ?? ""
        driver = value(of: "DRIVER", in: event)
        switch readLink("\(device)/subsystem").map(lastComponent) {
        case "usb":
            // The link names an interface of the USB device, `1-1.3:1.0`; the device is what has a place on the bus.
            busPath = readLink(device).map(lastComponent)
                .flatMap { $0.split(separator: ":").first.map { String($0) } }
            pciID = nil
        case "virtio":
            let carrier = readFile("\(device)/../uevent") ?? ""
            busPath = value(of: "PCI_SLOT_NAME", in: carrier)
            pciID = value(of: "PCI_ID", in: carrier)
        default:
            busPath = value(of: "PCI_SLOT_NAME", in: event)
            pciID = value(of: "PCI_ID", in: event)
        }
    }
}

extension Link {
    /// What sysfs tells about the device behind the link, as of now.
    public func hardware() -> Hardware { Hardware(interface: name) }
}

private func value(of key: String, in event: String) -> String? {
    for line in event.split(separator: "\n") {
        let parts = line.split(separator: "=", maxSplits: 1)
        if parts.count == 2, parts[0] == key { return String(parts[1]) }
    }
    return nil
}

private func lastComponent(_ path: String) -> String {
    path.split(separator: "/").last.map { String($0) } ?? path
}

private func readLink(_ path: String) -> String? {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    guard unsafe readlink(path, &target, target.count - 1) > 0 else { return nil }
    return text(upToNUL: target)
}
