-- Wireshark's and tshark's eyes for vipd: the trailer behind the ARP packet, as docs/PROTOCOL.md lists it, version 1.
--
--     wireshark -X lua_script:/usr/local/share/vipd/vipd.lua capture.pcap
--
-- or for good, as a link in ~/.local/lib/wireshark/plugins. All fields can be filtered by: vipd.kind == 2,
-- vipd.name == "k8s-controller1", vipd.refusal. Tried with Wireshark 4.0. Tags are not checked, for that takes the key:
-- `vipd monitor --read capture.pcap --key-file FILE` does.
--
-- A post-dissector, which is given the whole frame: what stands behind an ARP packet is nobody else's, and whether the
-- Ethernet dissector takes a part of it for padding is a setting of the user's.

local vipd = Proto("vipd", "vipd")

local kinds = { [1] = "probe", [2] = "announcement", [3] = "resign", [4] = "handover" }

local f = {
    version = ProtoField.uint8("vipd.version", "Version"),
    length = ProtoField.uint16("vipd.length", "Length of the trailer"),
    kind = ProtoField.uint8("vipd.kind", "Kind", base.DEC, kinds),
    flags = ProtoField.uint16("vipd.flags", "Flags", base.HEX),
    eligible = ProtoField.bool("vipd.flags.eligible", "Eligible", 16, nil, 0x0001),
    quorum = ProtoField.bool("vipd.flags.quorum", "Quorum", 16, nil, 0x0002),
    last_resort = ProtoField.bool("vipd.flags.last_resort", "Last resort", 16, nil, 0x0004),
    sick = ProtoField.bool("vipd.flags.sick", "Sick", 16, nil, 0x0008),
    maintenance = ProtoField.bool("vipd.flags.maintenance", "Maintenance", 16, nil, 0x0010),
    asks = ProtoField.bool("vipd.flags.asks", "Asks the echoed node to answer", 16, nil, 0x0020),
    group = ProtoField.uint64("vipd.group", "Group", base.HEX),
    configuration = ProtoField.uint64("vipd.configuration", "Configuration", base.HEX),
    priority = ProtoField.uint8("vipd.priority", "Priority"),
    node = ProtoField.uint64("vipd.node", "Node", base.HEX),
    epoch = ProtoField.uint64("vipd.epoch", "Epoch"),
    sequence = ProtoField.uint64("vipd.sequence", "Sequence"),
    term = ProtoField.uint64("vipd.term", "Term"),
    interval = ProtoField.uint32("vipd.interval", "Interval (microseconds)"),
    subject = ProtoField.uint64("vipd.subject", "Subject", base.HEX),
    acknowledged_sequence = ProtoField.uint64("vipd.acknowledged_sequence", "Acknowledged sequence"),
    echoed_node = ProtoField.uint64("vipd.echoed_node", "Echoed node", base.HEX),
    echoed_sequence = ProtoField.uint64("vipd.echoed_sequence", "Echoed sequence"),
    address = ProtoField.ipv4("vipd.address", "Address"),
    name_length = ProtoField.uint8("vipd.name_length", "Length of the name"),
    name = ProtoField.string("vipd.name", "Name"),
    key_id = ProtoField.uint32("vipd.key_id", "Key id", base.HEX),
    tag = ProtoField.bytes("vipd.tag", "Tag"),
    refusal = ProtoField.string("vipd.refusal", "Refused by every reader"),
}
for _, field in pairs(f) do
    table.insert(vipd.fields, field)
end

local broken = ProtoExpert.new("vipd.broken", "Broken frame", expert.group.MALFORMED, expert.severity.ERROR)
vipd.experts = { broken }

-- Where the fields begin, counted from the magic.
local FIXED = 100
local SEAL = 20
local LONGEST_NAME = 63
local LONGEST_FRAME = 1518

-- Whether octets are UTF-8 (RFC 3629) without control characters: what a name is to be.
local function is_name(bytes)
    local length = bytes:len()
    if length < 1 or length > LONGEST_NAME then
        return false
    end
    local i = 0
    local function continuation(low, high)
        i = i + 1
        if i >= length then
            return false
        end
        local byte = bytes:get_index(i)
        return byte >= (low or 0x80) and byte <= (high or 0xBF)
    end
    while i < length do
        local byte = bytes:get_index(i)
        local fits
        if byte < 0x80 then
            fits = byte >= 0x20 and byte ~= 0x7F
        elseif byte == 0xC2 then
            -- U+0080 to U+009F are control characters.
            fits = continuation(0xA0)
        elseif byte > 0xC2 and byte <= 0xDF then
            fits = continuation()
        elseif byte == 0xE0 then
            fits = continuation(0xA0) and continuation()
        elseif byte == 0xED then
            -- No surrogates.
            fits = continuation(0x80, 0x9F) and continuation()
        elseif byte > 0xE0 and byte <= 0xEF then
            fits = continuation() and continuation()
        elseif byte == 0xF0 then
            fits = continuation(0x90) and continuation() and continuation()
        elseif byte > 0xF0 and byte <= 0xF3 then
            fits = continuation() and continuation() and continuation()
        elseif byte == 0xF4 then
            fits = continuation(0x80, 0x8F) and continuation() and continuation()
        else
            fits = false
        end
        if not fits then
            return false
        end
        i = i + 1
    end
    return true
end

local function is_unicast(mac)
    return mac(0, 1):uint() % 2 == 0 and (mac(0, 2):uint() ~= 0 or mac(2, 4):uint() ~= 0)
end

-- Why every reader refuses the ARP packet; nil if none does. `arp` begins with the hardware type.
local function refusal_of_arp(arp)
    if arp(0, 2):uint() ~= 1 or arp(2, 2):uint() ~= 0x0800 or arp(4, 1):uint() ~= 6 or arp(5, 1):uint() ~= 4 then
        return "notIPv4OverEthernet"
    end
    local operation = arp(6, 2):uint()
    if operation ~= 1 and operation ~= 2 then
        return "unknownOperation"
    end
end

-- Why the trailer cannot be taken apart; nil if it can.
local function refusal_of_layout(trailer)
    local available = trailer:len()
    if available <= 4 then
        return "trailerTruncated"
    end
    if trailer(4, 1):uint() ~= 1 then
        return "unknownVersion"
    end
    if available < FIXED then
        return "trailerTruncated"
    end
    local length, fields = trailer(5, 2):uint(), FIXED + trailer(99, 1):uint()
    if length ~= fields and length ~= fields + SEAL then
        return "trailerLengthWrong"
    end
    if available < length then
        return "trailerTruncated"
    end
end

-- Why every reader refuses what the fields say, in the order of docs/PROTOCOL.md; nil if none does.
local function refusal_of_values(source, arp, trailer)
    local kind = trailer(7, 1):uint()
    if not kinds[kind] then
        return "unknownKind"
    end
    local name_length = trailer(99, 1):uint()
    if name_length == 0 or not is_name(trailer(FIXED, name_length):bytes()) then
        return "badName"
    end
    if not is_unicast(source) or not is_unicast(arp(8, 6)) then
        return "badSender"
    end
    if source:bytes() ~= arp(8, 6):bytes() then
        return "senderContradictsSource"
    end
    local sender, target = arp(14, 4):uint(), arp(24, 4):uint()
    local is_request = arp(6, 2):uint() == 1
    local is_probe = is_request and sender == 0
    local is_announcement = is_request and sender == target and sender ~= 0
    if (kind == 1 or kind == 3) and not is_probe or (kind == 2 or kind == 4) and not is_announcement then
        return "kindContradictsARP"
    end
    local priority = trailer(26, 1):uint()
    if priority < 1 or priority > 254 then
        return "badPriority"
    end
    local interval = trailer(59, 4):uint()
    if interval < 10000 or interval > 10000000 then
        return "badInterval"
    end
    if trailer(27, 8):uint64() == UInt64(0) then
        return "badNode"
    end
    local first = trailer(95, 1):uint()
    if trailer(95, 4):uint() ~= 0 and (first == 0 or first == 127 or first >= 224) then
        return "badAddress"
    end
end

local function add_fields(tree, trailer)
    tree:add(f.version, trailer(4, 1))
    tree:add(f.length, trailer(5, 2))
    tree:add(f.kind, trailer(7, 1))
    local flags = tree:add(f.flags, trailer(8, 2))
    for _, flag in ipairs({ f.eligible, f.quorum, f.last_resort, f.sick, f.maintenance, f.asks }) do
        flags:add(flag, trailer(8, 2))
    end
    tree:add(f.group, trailer(10, 8))
    tree:add(f.configuration, trailer(18, 8))
    tree:add(f.priority, trailer(26, 1))
    tree:add(f.node, trailer(27, 8))
    tree:add(f.epoch, trailer(35, 8))
    tree:add(f.sequence, trailer(43, 8))
    tree:add(f.term, trailer(51, 8))
    tree:add(f.interval, trailer(59, 4))
    tree:add(f.subject, trailer(63, 8))
    tree:add(f.acknowledged_sequence, trailer(71, 8))
    tree:add(f.echoed_node, trailer(79, 8))
    tree:add(f.echoed_sequence, trailer(87, 8))
    tree:add(f.address, trailer(95, 4))
    tree:add(f.name_length, trailer(99, 1))
    local name_end = FIXED + trailer(99, 1):uint()
    if name_end > FIXED then
        tree:add_packet_field(f.name, trailer(FIXED, name_end - FIXED), ENC_UTF_8)
    end
    if trailer(5, 2):uint() > name_end then
        tree:add(f.key_id, trailer(name_end, 4))
        tree:add(f.tag, trailer(name_end + 4, SEAL - 4))
    end
end

local function describe(trailer)
    local name = trailer(FIXED, trailer(99, 1):uint()):string(ENC_UTF_8)
    local kind, term, subject = trailer(7, 1):uint(), trailer(51, 8):uint64(), trailer(63, 8):uint64()
    local text = string.format("%s: %s, term %s", name, kinds[kind], tostring(term))
    if subject ~= UInt64(0) then
        text = string.format("%s, subject %s", text, trailer(63, 8):bytes():tohex(true))
    end
    return text
end

-- How the capture records links (wtap.h): Ethernet, or what `tcpdump -i any` has in place of its header.
local encapsulation = Field.new("frame.encap_type")
local COOKED, COOKED_2 = 25, 210

-- Where the EtherType is, the source, and what follows the EtherType, in a frame as recorded; and how much longer the
-- frame is than on its wire. Nil where it is of no Ethernet.
local function header_of(frame)
    local kind = encapsulation() and encapsulation().value
    if kind == COOKED then
        if frame:len() >= 16 and frame(2, 2):uint() == 1 and frame(4, 2):uint() == 6 then
            return 14, 6, 16, 2
        end
    elseif kind == COOKED_2 then
        if frame:len() >= 20 and frame(8, 2):uint() == 1 and frame(11, 1):uint() == 6 then
            return 0, 12, 20, 6
        end
    elseif frame:len() >= 14 then
        return 12, 6, 14, 0
    end
end

-- Where the ARP packet begins: behind the EtherType, up to two tags of VLANs (IEEE 802.1Q and 802.1ad) and a priority
-- tag (VLAN 0) before it. Nil where it is no ARP, or nothing of vipd's follows it. Then where the source is, and how much
-- longer the frame is than on the link of its VLAN.
local function start_of_arp(frame)
    local place, source, start, more = header_of(frame)
    if not place then
        return nil
    end
    local tags = 0
    while frame:len() >= start + 4 do
        local kind, vlan = frame(place, 2):uint(), frame(start, 2):uint() % 0x1000
        local is_vlan = (kind == 0x8100 or kind == 0x88a8) and vlan ~= 0 and tags < 2
        local is_priority = kind == 0x8100 and vlan == 0
        if not is_vlan and not is_priority then
            break
        end
        place, start = start + 2, start + 4
        if is_priority then
            break
        end
        tags, more = tags + 1, more + 4
    end
    if frame:len() < start + 32 or frame(place, 2):uint() ~= 0x0806 then
        return nil
    end
    if frame(start + 28, 4):uint() ~= 0x56495044 then
        return nil
    end
    return start, source, more
end

function vipd.dissector(frame, pinfo, root)
    local start, source, more = start_of_arp(frame)
    if not start then
        return
    end
    local arp, trailer = frame(start, 28), frame(start + 28)
    local refusal = refusal_of_arp(arp)
    if frame:len() - more > LONGEST_FRAME then
        refusal = "oversized"
    end
    local layout = refusal_of_layout(trailer:tvb())
    refusal = refusal or layout or refusal_of_values(frame(source, 6), arp, trailer)

    local length = layout and trailer:len() or trailer(5, 2):uint()
    local tree = root:add(vipd, trailer(0, length))
    pinfo.cols.protocol = "vipd"
    if not layout then
        add_fields(tree, trailer)
    elseif trailer:len() > 4 then
        tree:add(f.version, trailer(4, 1))
    end
    if refusal then
        tree:add(f.refusal, refusal):set_generated()
        tree:add_proto_expert_info(broken, "Refused by every reader: " .. refusal)
        pinfo.cols.info = "broken: " .. refusal
    else
        local text = describe(trailer)
        tree:append_text(", " .. text)
        pinfo.cols.info = text
    end
end

register_postdissector(vipd)
