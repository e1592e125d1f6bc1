// The device behind an interface, read from trees made as sysfs lays them out.

import Glibc
import Testing

@testable import VIPLinux

/// A directory that is removed with all that is in it.
private final class SysfsTree {
    let root: String
    private var made: [String] = []

    init() throws {
        var template = Array("/tmp/vipd-sysfs-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        root = text(upToNUL: template)
        try directory("class")
        try directory("class/net")
        try directory("bus")
        for bus in ["pci", "usb", "virtio"] { try directory("bus/\(bus)") }
        try directory("devices")
    }

    deinit {
        for path in made.reversed() { remove(path) }
        remove(root)
    }

    func directory(_ path: String) throws {
        try #require(mkdir("\(root)/\(path)", 0o755) == 0)
        made.append("\(root)/\(path)")
    }

    func file(_ path: String, _ content: String) throws {
        let file = open("\(root)/\(path)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        defer { close(file) }
        try #require(write(file, content, content.utf8.count) == content.utf8.count)
        made.append("\(root)/\(path)")
    }

    func link(_ path: String, to target: String) throws {
        try #require(symlink(target, "\(root)/\(path)") == 0)
        made.append("\(root)/\(path)")
    }

    /// An interface eth0 whose device is at that path below `devices`.
    func interface(device: String, bus: String) throws {
        let depth = device.split(separator: "/").count
        let up = String(repeating: "../", count: depth + 1)
        try directory("class/net/eth0")
        try link("class/net/eth0/device", to: "../../../devices/\(device)")
        try link("devices/\(device)/subsystem", to: "\(up)bus/\(bus)")
    }
}

@Suite struct HardwareTests {
    private static let pciEvent = """
        DRIVER=e1000e
        PCI_CLASS=20000
        PCI_ID=8086:15BC
        PCI_SUBSYS_ID=1028:0869
        PCI_SLOT_NAME=0000:00:1f.6

        """

    @Test("A PCI device has a driver, a slot and an id")
    func pci() throws {
        let tree = try SysfsTree()
        try tree.directory("devices/0000:00:1f.6")
        try tree.file("devices/0000:00:1f.6/uevent", Self.pciEvent)
        try tree.interface(device: "0000:00:1f.6", bus: "pci")
        let hardware = Hardware(interface: "eth0", sysfs: tree.root)
        #expect(hardware.driver == "e1000e")
        #expect(hardware.busPath == "0000:00:1f.6")
        #expect(hardware.pciID == "8086:15BC")
    }

    @Test("A virtio device has its own driver, and the slot and the id of the PCI device that carries it")
    func virtio() throws {
        let tree = try SysfsTree()
        try tree.directory("devices/0000:00:03.0")
        try tree.file(
            "devices/0000:00:03.0/uevent", "DRIVER=virtio-pci\nPCI_ID=1AF4:1000\nPCI_SLOT_NAME=0000:00:03.0\n")
        try tree.directory("devices/0000:00:03.0/virtio0")
        try tree.file("devices/0000:00:03.0/virtio0/uevent", "DRIVER=virtio_net\nMODALIAS=virtio:d00000001v00001AF4\n")
        try tree.interface(device: "0000:00:03.0/virtio0", bus: "virtio")
        let hardware = Hardware(interface: "eth0", sysfs: tree.root)
        #expect(hardware.driver == "virtio_net")
        #expect(hardware.busPath == "0000:00:03.0")
        #expect(hardware.pciID == "1AF4:1000")
    }

    @Test("A USB device has a driver and a place on the bus, but no PCI id")
    func usb() throws {
        let tree = try SysfsTree()
        try tree.directory("devices/1-1.3")
        try tree.directory("devices/1-1.3/1-1.3:1.0")
        try tree.file("devices/1-1.3/1-1.3:1.0/uevent", "DEVTYPE=usb_interface\nDRIVER=r8152\nPRODUCT=bda/8153/3000\n")
        try tree.interface(device: "1-1.3/1-1.3:1.0", bus: "usb")
        let hardware = Hardware(interface: "eth0", sysfs: tree.root)
        #expect(hardware.driver == "r8152")
        #expect(hardware.busPath == "1-1.3")
        #expect(hardware.pciID == nil)
    }

    @Test("An interface made by software has no hardware, and one that is not there has none either")
    func software() throws {
        let tree = try SysfsTree()
        try tree.directory("class/net/eth0")
        for name in ["eth0", "none"] {
            let hardware = Hardware(interface: name, sysfs: tree.root)
            #expect(hardware.driver == nil && hardware.busPath == nil && hardware.pciID == nil)
        }
    }
}
