// The entry of `vipd monitor` in the table of commands. Deliberately not here: what it does.
import VIPConfiguration

extension Command {
    static let monitor = Command(
        name: "monitor",
        summary: "explain vipd's frames on the wire, or in a capture, a line each",
        details: [
            "Shows the frames of all nodes, this one's among them, and plain ARP about",
            "their addresses, whoever sends it: each with the time since the sender's last",
            "of the kind, and what it means. A frame that a vipd would refuse is shown with",
            "the name of the reason. TAG is ok, or why not, where there is a key to check",
            "it with; else unchecked or unsigned. Needs CAP_NET_RAW, but to --read. Goes on",
            "until interrupted, or to the end of the capture.",
            "--write records all ARP of the link, each frame at once, and prints the lines",
            "all the same; Wireshark opens the capture, and vipd has a dissector for it",
            "(vipd.lua). --read takes captures of one Ethernet link, of a trunk, whose lines",
            "name the VLAN, and of all interfaces of a Linux (tcpdump -i any). Names of",
            "groups, addresses, keys and the interface are those of the configuration, if",
            "there is one.",
        ],
        options: [
            Option(
                name: "--interface", value: .interface, summary: "the link to listen on",
                standard: "the groups', or the only one"),
            Option(
                name: "--read", value: .file,
                summary: "explain this capture (pcap, pcapng) instead; - is standard input"),
            Option(name: "--write", value: .file, summary: "record to this file, which must not be there yet"),
            Option(name: "--key-file", value: .file, summary: "the key to check tags with"),
            Option(name: "--config", value: .file, summary: "the configuration", standard: Limits.defaultPath),
            Option(name: "--count", value: .number, summary: "end after so many lines"),
            Option(name: "--json", summary: "print one JSON object a line, with all fields"),
        ])
}
