// `vipd run`: puts the daemon together out of Linux, the configuration and the control socket, and runs its loop.
// Deliberately not here: parsing the command line, and everything that happens after the start (VIPDaemon).

import Glibc
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPLinux
import VIPWire

/// Runs the daemon until it is told to stop.
///
/// An interface that is missing or down is waited for where a service manager or a configuration file is behind this
/// run; a person who typed the addresses at a terminal is told at once.
/// - Returns: the exit status: 0 after a stop; after an error, which was written to stderr in one line, 2 if the flags or
///   the file are wrong, so that a service manager can tell what will not pass by itself (RestartPreventExitStatus= in
///   the unit), and 1 for everything else.
func runDaemon(options: RunOptions, socketPath: String) -> Int32 {
    do {
        // A client that hangs up must not end the daemon.
        signal(SIGPIPE, SIG_IGN)
        let signals = try SignalSource([SIGTERM, SIGINT, SIGHUP])
        let configuration = try Configuration.load(options: options)
        try requireCapabilities()
        let serviceManager = ServiceManager()
        let waits = serviceManager.isPresent || options.vips.isEmpty
        try serve(
            configuration, options: options, socketPath: socketPath, waits: waits, signals: signals,
            serviceManager: serviceManager)
        return 0
    } catch let error as ConfigurationError {
        DaemonLog.complain("\(error)")
        return ExitCode.usage
    } catch let error as KeyFileError {
        DaemonLog.complain("\(error)")
        return ExitCode.usage
    } catch {
        DaemonLog.complain("\(error)")
        return ExitCode.failure
    }
}

private func serve(
    _ configuration: Configuration, options: RunOptions, socketPath: String, waits: Bool, signals: SignalSource,
    serviceManager: ServiceManager
) throws {
    let state = MaintenanceFile()
    state.prepare()
    let epochFile = EpochFile(in: state.directory)
    let loop = try EventLoop()
    let realtime = RealtimeStart(isWanted: configuration.realtime)
    loop.leavesTimeToOthers = realtime.status.isScheduled
    let door = ControlDoor()
    let daemon = Daemon(
        machine: try LinuxMachine(
            loop: loop, options: options, door: door, serviceManager: serviceManager, realtime: realtime.status),
        executor: loop,
        identity: identity(epoch: epochFile.next(clock: clock()) { DaemonLog.complain($0) }),
        watchdogInterval: serviceManager.watchdogInterval)
    try door.open(at: socketPath, on: loop) { request in daemon.assumeIsolated { $0.handle(request) } }
    defer { door.close() }
    // A directory that is not vipd's own stays as it is: then the socket's file outlives this process, and the next
    // start takes it for what it is.
    let ownDirectories = socketPath == ControlClient.defaultPath ? [ControlClient.defaultDirectory] : []
    let warnings = try renouncePrivileges(keeping: ownDirectories + state.files + epochFile.files)

    try daemon.assumeIsolated {
        try $0.start(configuration, waits: waits, warnings: realtime.warnings + warnings)
    }
    // Whoever asks for realtime asks for the whole program in memory.
    var startEndsAt = configuration.realtime ? nil : EventLoop.now + startTime
    try loop.watch(signals.fileDescriptor, for: .readable) { _ in
        for signal in signals.read() {
            daemon.assumeIsolated { daemon in
                if signal == SIGHUP {
                    daemon.reload()
                } else {
                    daemon.stop()
                }
            }
            if signal == SIGHUP, !configuration.realtime { startEndsAt = EventLoop.now + startTime }
        }
    }
    loop.onTurnEnd = { now in
        daemon.turnEnded()
        door.tick(now: now)
        if let end = startEndsAt, end <= now {
            startEndsAt = nil
            ProgramMemory.release()
        }
    }
    loop.run()
}

/// After so long, in nanoseconds, the first election is decided and told, and what a start needs of the program is not
/// needed any more. The same goes for a configuration that was read again.
private let startTime: Int64 = 10_000_000_000

/// Refuses to start without what would be missing only at the first takeover.
private func requireCapabilities() throws {
    let needed = Capabilities.networkAdministration.union(.rawNetwork)
    let missing = needed.subtracting(try Capabilities.effective())
    guard missing.isEmpty else {
        throw SystemError(
            operation: "serve a virtual IP without \(missing.names.joined(separator: " and "))", errno: EPERM,
            advice: "run it under systemd (systemctl start vipd) or with sudo")
    }
}

private func identity(epoch: UInt64) -> DaemonIdentity {
    let hostname = nodeName(from: MachineIdentity.hostname())
    return DaemonIdentity(
        machineID: MachineIdentity.readMachineID() ?? hostname, hostname: hostname, epoch: epoch)
}

/// Civil time in microseconds.
private func clock() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(max(1, time.tv_sec)) * 1_000_000 + UInt64(time.tv_nsec / 1000)
}

/// The host's name as the wire can carry it.
func nodeName(from hostname: String) -> String {
    var name = hostname
    while name.utf8.count > Trailer.longestName { name.removeLast() }
    return Trailer.isName(name) ? name : "unnamed"
}
