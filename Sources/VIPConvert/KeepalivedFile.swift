// What a keepalived.conf says, as far as vipd has something for it. Reading it: KeepalivedReader and its extensions.
// Deliberately not here: what becomes of it (Mapping).

import VIPWire

/// A value and where it stands.
struct Placed<Value> {
    let value: Value
    let place: SourcePlace
}

/// All of the file.
struct KeepalivedFile {
    var routerID: Placed<String>?
    /// `vrrp_garp_interval`: the least time between two gratuitous ARPs.
    var announcementInterval: Placed<Seconds>?
    var instances: [VRRPInstance] = []
    var syncGroups: [SyncGroup] = []
    var scripts: [String: TrackedScript] = [:]
    /// Scripts by name in the order of the file.
    var scriptNames: [String] = []
}

/// One `vrrp_instance`.
struct VRRPInstance {
    let name: String
    let place: SourcePlace
    var interface: Placed<String>?
    var priority: Placed<Int>?
    var isMaster = false
    var advertInterval: Placed<Seconds>?
    var downTimerAdverts: Placed<Int>?
    var noPreempt: SourcePlace?
    var preemptDelay: Placed<Seconds>?
    var hasAuthentication = false
    var addresses: [Placed<IPv4Address>] = []
    /// The same, to find one twice.
    var knownAddresses: Set<IPv4Address> = []
    var tracking = Tracking()
    var notify = NotifyScripts()
}

/// One `vrrp_sync_group`.
struct SyncGroup {
    let name: String
    let place: SourcePlace
    var members: [Word] = []
    var tracking = Tracking()
    var notify = NotifyScripts()
}

/// What an instance or a group watches.
struct Tracking {
    var scripts: [TrackedName] = []
    var interfaces: [TrackedName] = []
}

/// The name of a script or an interface, with the weight it is given there.
struct TrackedName {
    let name: String
    let place: SourcePlace
    /// Nil where none is given.
    let weight: Int?
    let isReversed: Bool
}

/// One `vrrp_script`.
struct TrackedScript {
    let name: String
    let place: SourcePlace
    var script: Script?
    var interval: Placed<Seconds>?
    var timeout: Placed<Seconds>?
    var rise: Placed<Int>?
    var fall: Placed<Int>?
    var weight = 0
    var isReversed = false
}

/// The scripts that tell of changes.
struct NotifyScripts {
    var master: Script?
    var backup: Script?
    var fault: Script?
    /// For each of them.
    var any: Script?
}
