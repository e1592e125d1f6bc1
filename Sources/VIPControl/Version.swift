// The two version numbers a user or a peer program may ask for. Deliberately not here: the version of the wire
// format, which belongs to VIPWire.

/// The version of vipd, as `vipd version` prints it and `status` reports it.
public let vipdVersion = "0.1.0"

/// The version of the control protocol. It grows when a program written for the older one would misread an answer;
/// a new key or a new command is no reason.
public let controlProtocolVersion = 1
