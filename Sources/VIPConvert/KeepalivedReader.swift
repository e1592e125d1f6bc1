// From the tree of a keepalived.conf to KeepalivedFile: the blocks at the top, and global_defs. Whatever vipd has nothing
// for is noted, with the reason.
// Deliberately not here: instances and sync groups (KeepalivedReader+VRRP), and the reasons word by word (Reasons).

import VIPConfiguration
import VIPText

/// Reads the tree.
struct KeepalivedReader {
    var file = KeepalivedFile()
    var notes: NoteList
    /// The names of the instances so far.
    var instanceNames: Set<String> = []
    /// What was found for unknown words, by block and word.
    private var hints: [String: String] = [:]

    init(notes: NoteList) { self.notes = notes }

    mutating func read(_ statements: [Statement]) {
        for statement in statements {
            switch statement.keyword {
            case "global_defs": for entry in statement.block ?? [] { readGlobal(entry) }
            case "vrrp_instance": readInstance(statement)
            case "vrrp_sync_group": readSyncGroup(statement)
            case "vrrp_script": readScript(statement)
            case "virtual_server":
                notes.add(
                    "virtual_server balances load over real servers (IPVS), which vipd does not do", at: statement.place
                )
            default: noteLeftOut(statement, Reasons.ofTop, of: "keepalived.conf")
            }
        }
    }

    private mutating func readGlobal(_ statement: Statement) {
        switch statement.keyword {
        case "router_id":
            if let word = statement.argument { file.routerID = Placed(value: word.text, place: word.place) }
        case "vrrp_garp_interval":
            if let interval = seconds(statement) { file.announcementInterval = interval }
        case "enable_script_security", "vrrp_skip_check_adv_addr": break  // vipd has nothing that these would turn off
        default: noteLeftOut(statement, Reasons.ofGlobals, of: "global_defs")
        }
    }

    // What all blocks share.

    /// Notes a statement that nothing is made of.
    mutating func noteLeftOut(_ statement: Statement, _ reasons: Reasons, of block: String) {
        let word = statement.keyword
        guard let reason = reasons.reason(for: word) else {
            let hint = hint(for: word, among: reasons, of: block)
            notes.add("unknown directive \(word.quoted) in \(block)\(hint)", at: statement.place)
            return
        }
        notes.add("\(word): \(reason)", at: statement.place)
    }

    /// What may have been meant, for the end of a sentence. Not looked for where there is no room to tell it.
    private mutating func hint(for word: String, among reasons: Reasons, of block: String) -> String {
        let key = "\(block) \(word)"
        if let known = hints[key] { return known }
        guard notes.hasRoom else { return "" }
        let hint = Suggestion.nearest(to: word, among: reasons.words).map { "; did you mean \"\($0)\"?" } ?? ""
        hints[key] = hint
        return hint
    }

    /// The name of a block; a block without one is noted.
    mutating func name(of statement: Statement) -> Word? {
        guard let word = statement.argument, !word.text.isEmpty else {
            notes.add("\(statement.keyword) without a name is not carried over", at: statement.place)
            return nil
        }
        return word
    }

    /// A time in seconds; anything else is noted.
    mutating func seconds(_ statement: Statement) -> Placed<Seconds>? {
        guard let word = statement.argument, let value = Seconds(word.text) else {
            noteNoNumber(statement, "a number of seconds")
            return nil
        }
        return Placed(value: value, place: word.place)
    }

    /// A whole number; anything else is noted.
    mutating func number(_ statement: Statement) -> Placed<Int>? {
        guard let word = statement.argument, let value = Int(word.text), abs(value) < 1 << 31 else {
            noteNoNumber(statement, "a whole number")
            return nil
        }
        return Placed(value: value, place: word.place)
    }

    private mutating func noteNoNumber(_ statement: Statement, _ wanted: String) {
        let found = statement.argument.map { "\($0.text.quoted) is not \(wanted)" } ?? "there is no number behind it"
        notes.add("\(statement.keyword): \(found), so vipd's default is taken", at: statement.place)
    }

    // Scripts.

    private mutating func readScript(_ statement: Statement) {
        guard let name = name(of: statement) else { return }
        guard file.scripts[name.text] == nil else {
            notes.add("vrrp_script \(name.text.quoted) stands here again; the first one is taken", at: statement.place)
            return
        }
        var script = TrackedScript(name: name.text, place: statement.place)
        for entry in statement.block ?? [] {
            switch entry.keyword {
            case "script": script.script = Script(entry)
            case "interval": script.interval = seconds(entry)
            case "timeout": script.timeout = seconds(entry)
            case "rise": script.rise = number(entry)
            case "fall": script.fall = number(entry)
            case "weight":
                script.weight = number(entry)?.value ?? 0
                script.isReversed = entry.words.last?.text == "reverse"
            case "user": notes.add(Reasons.scriptUser, at: entry.place)
            default: noteLeftOut(entry, Reasons.ofScript, of: "vrrp_script")
            }
        }
        file.scripts[name.text] = script
        file.scriptNames.append(name.text)
    }
}
