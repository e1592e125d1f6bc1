// What the world tells those who watch it: facts, each complete in itself, so that a history can be written by hand.
// Deliberately not here: judgement (checkers) and words (Narration).

public import VIPElection
public import VIPWire

/// Something that happened in the world.
public struct Occurrence: Sendable {
    /// The world's time.
    public var at: Instant
    public var fact: Fact

    public init(at: Instant, fact: Fact) {
        self.at = at
        self.fact = fact
    }

    /// Who sent a frame.
    public enum Origin: Hashable, Sendable {
        case daemon(Int)
        case kernel(Int)
        case foreignHost
    }

    /// Why addresses came into or went out of a kernel.
    public enum Cause: String, Hashable, Sendable {
        case asked
        case leaseEnded
        case outsider
        case powerCut
        /// Removed before a daemon's first frame, as no whole set of an earlier life.
        case cleanup
    }

    public enum Fact: Sendable {
        case fault(Fault)
        /// A daemon begins to live. `hasLeftover`: the kernel has the addresses of an earlier one.
        case daemonStarted(Int, hasLeftover: Bool)
        /// A daemon has ended of itself.
        case daemonFinished(Int)
        /// Whether a node's daemon reads, decides and is heard has changed.
        case attentionChanged(Int, isAttentive: Bool)
        /// Whether a node's daemon reads and decides, heard or not, has changed.
        case actionChanged(Int, acts: Bool)
        /// Whether frames sent from now on can arrive has changed.
        case reachChanged(from: Int, to: Int, isOpen: Bool)
        /// The longest that a frame, and that an operation of a kernel with its answer, may take is another.
        case delaysChanged(frame: Duration, kernel: Duration)
        /// The kernel of a node has these addresses now.
        case addressesChanged(Int, held: AddressMask, Cause)
        /// The daemon has asked its kernel for the addresses, or to remove them.
        case installAsked(Int)
        case removalAsked(Int)
        /// The kernel's answer has reached the daemon.
        case installAnswered(Int, refused: AddressMask)
        case removalAnswered(Int, refused: AddressMask)
        /// A frame went out, as it stands on the wire.
        case sent(Frame, bytes: [UInt8], Origin)
        /// One copy of a frame was lost between two machines whose link is open.
        case lost(Frame, from: Int, to: Int)
        /// A daemon reads a frame.
        case received(Frame, by: Int)
        /// A daemon is told that a frame of its own could not be sent.
        case sendFailed(Int)
        /// A daemon has the connections to the addresses reset.
        case connectionsClosed(Int)
        case reported(Int, Report)
        /// A daemon was woken again and again without its deadline moving on.
        case spun(Int)
    }
}
