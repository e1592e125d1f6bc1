// What `vipd monitor` says of frames: a dialogue of frames and lines, with broken, hostile and signed ones among them.
import Testing
import VIPConfiguration
import VIPControl
import VIPJSON
import VIPWire

@testable import VIPLinux
@testable import vipd

/// Frames of a small cluster.
private struct Cluster {
    static let vip = IPv4Address(192, 168, 1, 210)
    static let group = Digest.group(name: "default", addresses: [vip])
    static let stranger = MACAddress(bits: 0x0200_0000_0099)

    static func mac(_ number: Int) -> MACAddress { MACAddress(bits: 0x0200_0000_0000 + UInt64(number)) }

    static func trailer(
        _ kind: Trailer.Kind, from number: Int, flags: Trailer.Flags = .eligible, sequence: UInt64 = 1,
        term: UInt64 = 17, subject: UInt64 = 0, acknowledging: UInt64 = 0, echoing: UInt64 = 0, name: String? = nil
    ) -> Frame {
        Frame(
            destination: Frame.multicast, source: mac(number),
            packet: kind == .probe || kind == .resign
                ? .probe(for: vip, from: mac(number)) : .announcement(of: vip, from: mac(number)),
            trailer: Trailer(
                kind: kind, flags: flags, group: group, configuration: 1, priority: 100, node: UInt64(number), epoch: 1,
                sequence: sequence, term: term, intervalMicroseconds: 100_000, subject: subject,
                acknowledgedSequence: acknowledging, echoedNode: echoing, address: IPv4Address(192, 168, 1, 210),
                name: name ?? "k8s-controller\(number)"))
    }

    static func plain(_ packet: ARPPacket, to destination: MACAddress = .broadcast) -> Frame {
        Frame(destination: destination, source: packet.senderHardwareAddress, packet: packet)
    }

    static func reply(from sender: MACAddress, _ address: IPv4Address, to target: MACAddress, _ asker: IPv4Address)
        -> Frame
    {
        plain(
            ARPPacket(
                operation: .reply, senderHardwareAddress: sender, senderProtocolAddress: address,
                targetHardwareAddress: target, targetProtocolAddress: asker), to: target)
    }

    static func request(from sender: MACAddress, _ address: IPv4Address, for target: IPv4Address) -> Frame {
        plain(
            ARPPacket(
                operation: .request, senderHardwareAddress: sender, senderProtocolAddress: address,
                targetHardwareAddress: .zero, targetProtocolAddress: target))
    }
}

/// A monitor that frames are shown to.
private struct Listener {
    var narrator: FrameNarrator
    var milliseconds: Int64 = 0

    init(knowing groups: [GroupConfiguration] = []) { narrator = FrameNarrator(groups: groups) }

    mutating func hears(_ octets: [UInt8], after gap: Int64 = 0) -> Narration? {
        milliseconds += gap
        return narrator.tell(ObservedFrame(SeenFrame(time: milliseconds * 1_000_000, bytes: octets), keys: nil))
    }

    mutating func hears(_ frame: Frame, after gap: Int64 = 0) -> Narration? { hears(frame.serialized(), after: gap) }

    /// The words alone.
    mutating func words(_ frame: Frame, after gap: Int64 = 0) -> String? { hears(frame, after: gap)?.meaning }
}

@Suite struct FrameNarratorTests {
    @Test("a holder's announcements are told with their gap, and a takeover names both")
    func announcements() {
        var listener = Listener()
        let first = listener.hears(Cluster.trailer(.announcement, from: 1))
        #expect(first?.node == "k8s-controller1" && first?.kind == "announcement" && first?.gap == nil)
        #expect(first?.meaning == "announces 192.168.1.210, holder of term 17" && first?.weight == .change)
        let second = listener.hears(Cluster.trailer(.announcement, from: 1), after: 100)
        #expect(second?.gap == 100_000_000 && second?.weight == .usual)
        let other = listener.hears(Cluster.trailer(.announcement, from: 2, term: 18), after: 300)
        #expect(other?.meaning == "takes over from k8s-controller1: announces 192.168.1.210, holder of term 18")
        #expect(other?.gap == nil && other?.weight == .change)
    }

    @Test("of two that announce, the one of the lower term takes nothing over; where terms begin anew, it does")
    func lowerTerm() {
        var listener = Listener()
        _ = listener.hears(Cluster.trailer(.announcement, from: 1))
        let rival = listener.hears(Cluster.trailer(.announcement, from: 2, term: 16), after: 50)
        #expect(rival?.meaning == "is to give way to k8s-controller1: announces 192.168.1.210, holder of term 16")
        #expect(rival?.weight == .change)
        let holder = listener.hears(Cluster.trailer(.announcement, from: 1), after: 50)
        #expect(holder?.meaning == "announces 192.168.1.210, holder of term 17" && holder?.weight == .usual)
        #expect(
            listener.words(Cluster.trailer(.announcement, from: 2, term: 1), after: 1600)
                == "takes over from k8s-controller1: announces 192.168.1.210, holder of term 1")
        let next = listener.hears(Cluster.trailer(.announcement, from: 2, term: 1), after: 100)
        #expect(next?.meaning == "announces 192.168.1.210, holder of term 1" && next?.weight == .usual)
    }

    @Test("a handover is told from the holder's word to the successor's and back")
    func handover() {
        var listener = Listener()
        _ = listener.hears(Cluster.trailer(.announcement, from: 1))
        _ = listener.hears(Cluster.trailer(.probe, from: 2))
        #expect(
            listener.words(Cluster.trailer(.handover, from: 1, term: 18, subject: 2))
                == "hands 192.168.1.210 over to k8s-controller2, who is to claim term 18")
        _ = listener.hears(Cluster.trailer(.announcement, from: 2, term: 18))
        #expect(
            listener.words(Cluster.trailer(.resign, from: 1, subject: 2))
                == "has dropped 192.168.1.210, or leaves; k8s-controller2 is to have it")
        #expect(
            listener.words(Cluster.trailer(.resign, from: 2, term: 18))
                == "has dropped 192.168.1.210, or leaves; it is free")
    }

    @Test(
        "a probe says how it stands with its sender",
        arguments: [
            (Trailer.Flags.eligible, "candidate: it would take over"),
            ([.maintenance], "in maintenance: it stays out"),
            ([.sick], "its services are sick: it stays out"),
            ([.sick, .lastResort], "its services are sick, and takes over only where no other can"),
            ([], "not eligible: it stays out"),
        ] as [(Trailer.Flags, String)])
    func probes(flags: Trailer.Flags, words: String) {
        var listener = Listener()
        #expect(listener.words(Cluster.trailer(.probe, from: 1, flags: flags)) == words)
    }

    @Test("a question for votes, a vote and an acknowledgement are told apart")
    func votes() {
        var listener = Listener()
        let flags: Trailer.Flags = [.eligible, .quorum]
        #expect(
            listener.words(Cluster.trailer(.probe, from: 1, flags: flags, sequence: 7, term: 18, subject: 1))
                == "asks for votes in term 18")
        #expect(
            listener.words(Cluster.trailer(.probe, from: 2, flags: flags, term: 18, subject: 1, acknowledging: 7))
                == "votes for k8s-controller1 in term 18")
        _ = listener.hears(Cluster.trailer(.announcement, from: 1, flags: flags, sequence: 8, term: 18))
        #expect(
            listener.words(
                Cluster.trailer(
                    .probe, from: 2, flags: [.quorum, .asks, .maintenance], term: 18, subject: 1, acknowledging: 8,
                    echoing: 3))
                == "acknowledges frame 8 of k8s-controller1; in maintenance: it stays out; asks node 0000000000000003 for "
                + "proof that it lives")
    }

    @Test("a kernel that answers for a daemon that is silent may have lost it")
    func deadDaemon() {
        var listener = Listener()
        _ = listener.hears(Cluster.trailer(.announcement, from: 1))
        _ = listener.hears(Cluster.trailer(.probe, from: 2))
        let answer = Cluster.reply(from: Cluster.mac(1), Cluster.vip, to: Cluster.mac(2), .unspecified)
        #expect(
            listener.words(answer, after: 100)
                == "kernel of k8s-controller1 answers a probe of k8s-controller2 that it has 192.168.1.210")
        let late = listener.hears(answer, after: 201)
        #expect(
            late?.meaning
                == "kernel of k8s-controller1 answers a probe of k8s-controller2 that it has 192.168.1.210, and its daemon "
                + "has been silent for 301.0 ms: it may be dead")
        #expect(late?.weight == .change && late?.kind == "ARP reply")
    }

    @Test("strangers who speak in the address's name are told as conflicts, clients and gateways are not")
    func plain() {
        var listener = Listener()
        let (vip, stranger) = (Cluster.vip, Cluster.stranger)
        let client = IPv4Address(192, 168, 1, 50)
        // An address that nothing is known of is nobody's business here.
        #expect(listener.hears(Cluster.plain(.announcement(of: vip, from: stranger))) == nil)
        _ = listener.hears(Cluster.trailer(.announcement, from: 1))
        let claim = listener.hears(Cluster.plain(.announcement(of: vip, from: stranger)))
        #expect(claim?.meaning == "a stranger claims 192.168.1.210: an address conflict" && claim?.weight == .trouble)
        #expect(claim?.node == "02:00:00:00:00:99" && claim?.kind == "ARP announcement")
        #expect(
            listener.words(Cluster.reply(from: stranger, vip, to: Cluster.mac(7), client))
                == "a stranger answers 192.168.1.50 that it has 192.168.1.210: an address conflict")
        #expect(
            listener.words(Cluster.plain(.probe(for: vip, from: stranger)))
                == "a stranger asks whether anybody has 192.168.1.210: it may want to take it")
        #expect(
            listener.words(Cluster.request(from: stranger, client, for: vip))
                == "192.168.1.50 asks who has 192.168.1.210")
        #expect(
            listener.words(Cluster.reply(from: stranger, client, to: Cluster.mac(1), vip))
                == "192.168.1.50 answers k8s-controller1 for 192.168.1.210")
        #expect(
            listener.words(Cluster.request(from: Cluster.mac(1), vip, for: client))
                == "tells 192.168.1.50 that it has 192.168.1.210, and asks for an answer that confirms it")
        #expect(
            listener.words(Cluster.plain(.announcementReply(of: vip, from: Cluster.mac(1))))
                == "tells all hosts that it has 192.168.1.210 (reply form)")
    }

    @Test("a configuration names the group, and its addresses are known before any frame")
    func configured() {
        var listener = Listener(knowing: [GroupConfiguration(addresses: [Cluster.vip])])
        let claim = listener.hears(Cluster.plain(.announcement(of: Cluster.vip, from: Cluster.stranger)))
        #expect(claim?.group == "default")
        #expect(listener.hears(Cluster.trailer(.announcement, from: 1))?.group == "default")
        var other = Listener()
        #expect(other.hears(Cluster.trailer(.announcement, from: 1))?.group == "0eda8cc8f29e7533")
    }

    @Test("who has not been heard yet is taken for a stranger only after a while, or where another holds")
    func warmUp() {
        let claim = Cluster.plain(.announcement(of: Cluster.vip, from: Cluster.mac(1)))
        let early = "somebody not heard before claims 192.168.1.210"
        let stranger = "a stranger claims 192.168.1.210: an address conflict"
        var listener = Listener(knowing: [GroupConfiguration(addresses: [Cluster.vip])])
        #expect(listener.words(claim) == early)
        #expect(listener.words(claim, after: 999) == early)
        #expect(listener.words(claim, after: 1) == stranger)
        _ = listener.hears(Cluster.trailer(.announcement, from: 1))
        #expect(listener.words(claim) == "tells all hosts that it has 192.168.1.210")
        var other = Listener(knowing: [GroupConfiguration(addresses: [Cluster.vip])])
        _ = other.hears(Cluster.trailer(.announcement, from: 2))
        #expect(other.words(claim) == stranger)
    }

    @Test("a broken frame is told with the name of its refusal, and is believed in nothing")
    func broken() {
        var listener = Listener()
        var octets = Cluster.trailer(.announcement, from: 1).serialized()
        octets[46] = 9
        let version = listener.hears(octets)
        #expect(version?.kind == "broken" && version?.weight == .trouble)
        #expect(version?.meaning == "refused: unknownVersion, its sender speaks another version of the protocol")
        #expect(version?.node == "02:00:00:00:00:01")
        // Hence nothing is known of the address.
        #expect(listener.hears(Cluster.plain(.announcement(of: Cluster.vip, from: Cluster.stranger))) == nil)
        octets[12] = 8
        octets[13] = 0
        #expect(listener.hears(octets) == nil)
        let whole = Cluster.trailer(.announcement, from: 1).serialized()
        let cut = ObservedFrame(
            SeenFrame(time: 0, bytes: Array(whole.prefix(96)), originalLength: whole.count), keys: nil)
        #expect(listener.narrator.tell(cut)?.meaning.hasSuffix("; the capture has 96 of its octets only") == true)
    }

    @Test("no octets bring it down or to more than a line, and its memory is bounded")
    func hostile() {
        var listener = Listener()
        var random = SystemRandomNumberGenerator()
        let seeds = [
            Cluster.trailer(.announcement, from: 1).serialized(), Cluster.trailer(.probe, from: 2).serialized(),
            Cluster.plain(.probe(for: Cluster.vip, from: Cluster.stranger)).serialized(),
        ]
        for round in 0..<4000 {
            var octets = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                octets[Int.random(in: 0..<octets.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            octets.removeLast(Int.random(in: 0...(round % 2 == 0 ? 0 : octets.count), using: &random))
            let observed = ObservedFrame(
                SeenFrame(time: .random(in: 0 ... .max, using: &random), bytes: octets), keys: nil)
            guard let narration = listener.narrator.tell(observed) else { continue }
            let line = MonitorLine(observed: observed, narration: narration)
            let text = line.text(palette: Palette(isColoured: false)) { $0.rfc3339 }
            let steering = text.dropLast().unicodeScalars.filter { $0.properties.generalCategory == .control }
            #expect(text.last == "\n" && steering.isEmpty)
            #expect(line.json.text(.asciiLine).utf8.allSatisfy { (0x20...0x7E).contains($0) })
        }
    }
}

@Suite struct MonitorLineTests {
    @Test("a line has the columns of its heading, and a hostile name is text in it")
    func text() {
        let frame = Cluster.trailer(.announcement, from: 1, name: "k8s\u{202e}1")
        let observed = ObservedFrame(SeenFrame(time: 1_795_057_864_123_456_789, bytes: frame.serialized()), keys: nil)
        var narrator = FrameNarrator(groups: [GroupConfiguration(addresses: [Cluster.vip])])
        guard let narration = narrator.tell(observed) else { return #expect(Bool(false), "it says nothing") }
        let line = MonitorLine(observed: observed, narration: narration)
        let plain = Palette(isColoured: false)
        #expect(
            MonitorLine.heading(plain)
                == "TIME                     GAP          NODE               KIND              GROUP             TERM   PRIO  "
                + "TAG        MEANING\n")
        #expect(
            line.text(palette: plain) { _ in "2026-11-19 03:11:04.123" }
                == "2026-11-19 03:11:04.123  -            k8s\\u{202e}1       announcement      default           17     100   "
                + "unsigned   announces 192.168.1.210, holder of term 17\n")
        let json = line.json.text(.asciiLine)
        #expect(
            json.hasPrefix(#"{"at":"2026-11-19T03:11:04.123456789Z","gapMicroseconds":null,"sender":"k8s\u202E1","#))
        #expect(json.contains(#""node":"0000000000000001","epoch":"1","sequence":"1","term":"17""#))
    }

    /// The line of a frame as seen, without its columns of time.
    private func line(_ seen: SeenFrame, keys: FrameKeyring? = nil) throws -> MonitorLine {
        let observed = ObservedFrame(seen, keys: keys)
        var narrator = FrameNarrator(groups: [GroupConfiguration(addresses: [Cluster.vip])])
        let narration = narrator.tell(observed)
        return MonitorLine(observed: observed, narration: try #require(narration))
    }

    @Test("of a trunk's capture a line names the VLANs of the frame")
    func vlans() throws {
        var seen = SeenFrame(time: 0, bytes: Cluster.trailer(.announcement, from: 1).serialized())
        seen.vlans = [100, 10]
        let line = try line(seen)
        let text = line.text(palette: Palette(isColoured: false)) { _ in "" }
        #expect(text.hasSuffix("  announces 192.168.1.210, holder of term 17 (VLAN 100) (VLAN 10)\n"))
        #expect(line.json.text(.asciiLine).contains(#""vlans":[100,10]"#))
    }

    @Test("where a capture does not tell the destination, the tag of either that it may be will do, and tells which")
    func unknownDestination() throws {
        let secret = try FrameKey(secret: (0..<32).map { UInt8($0) })
        let key = FrameKeyring(signing: secret)
        for destination in [Frame.multicast, .broadcast] {
            var frame = Cluster.trailer(.announcement, from: 1)
            frame.destination = destination
            var seen = SeenFrame(time: 0, bytes: frame.serialized(signedBy: secret))
            // What a capture of all interfaces comes to for a frame that its own machine sent.
            for place in 0..<6 { seen.bytes[place] = Frame.multicast[place] }
            #expect(try line(seen, keys: key).observed.seal.word == (destination == .broadcast ? "badTag" : "ok"))
            seen.hasKnownDestination = false
            let known = try line(seen, keys: key)
            #expect(known.observed.seal.word == "ok" && known.observed.refusal == nil)
            #expect(known.json.text(.asciiLine).contains(#""destination":"\#(destination)""#))
            #expect(try line(seen).json.text(.asciiLine).contains(#""destination":null"#))
            seen.bytes[60] ^= 1
            #expect(try line(seen, keys: key).observed.seal.word == "badTag")
        }
    }

    @Test(
        "spans are told to a tenth",
        arguments: [(0, "0.0 ms"), (100_249_999, "100.2 ms"), (100_250_000, "100.3 ms"), (12_340_000_000, "12.3 s")])
    func spans(nanoseconds: Int64, text: String) { #expect(span(nanoseconds: nanoseconds) == text) }
}
