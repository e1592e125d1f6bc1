// The ways into the actor that are taken for every frame and at the end of every turn, on the executor already.
// Deliberately not here: what is done there. All other ways in are `assumeIsolated`'s, which allocates for each, and asks
// the runtime which executor this is before it asks the executor itself.

import VIPWire

extension Daemon {
    /// ``endTurn()``, called on the daemon's executor.
    public nonisolated func turnEnded() {
        executor.checkIsolated()
        Self.enter(turnEnd)(self)
    }

    /// ``receive(_:onLink:)``, called on the daemon's executor.
    nonisolated func takeIn(_ result: Result<Frame, FrameRefusal>, onLink index: Int) {
        executor.checkIsolated()
        Self.enter(reception)(self, result, index)
    }

    private static func enter(_ body: @escaping (isolated Daemon) -> Void) -> (Daemon) -> Void {
        // Whether a parameter is isolated is no part of how a function is called, and the caller has made sure of it:
        // as `assumeIsolated` of the standard library does.
        unsafeBitCast(body, to: ((Daemon) -> Void).self)
    }

    private typealias Reception = (Daemon, Result<Frame, FrameRefusal>, Int) -> Void

    private static func enter(
        _ body: @escaping (isolated Daemon, Result<Frame, FrameRefusal>, Int) -> Void
    ) -> Reception {
        // As above.
        unsafeBitCast(body, to: Reception.self)
    }
}

private let turnEnd: @Sendable (isolated Daemon) -> Void = { $0.endTurn() }
private let reception: @Sendable (isolated Daemon, Result<Frame, FrameRefusal>, Int) -> Void = {
    $0.receive($1, onLink: $2)
}
