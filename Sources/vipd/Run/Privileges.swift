// What is left of a daemon's rights once it has opened what only root can open.
// Deliberately not here: what needs which right (the shim's headers say so).

import VIPConfiguration
import VIPLinux

/// Gives up all rights but the two that the election needs. A daemon that was started as root goes on as the user `vipd`,
/// or as `nobody` where there is no such user, and what it keeps on disk becomes that user's.
/// - Parameter keeping: directories and files of the daemon's own that it changes later.
/// - Returns: one line for the operator where root's rights have no better place to go than `nobody`.
func renouncePrivileges(keeping paths: [String]) throws(SystemError) -> [String] {
    let needed: Capabilities = [.networkAdministration, .rawNetwork]
    var warnings: [String] = []
    if UserAccount.isRoot {
        guard let user = UserAccount(named: "vipd") ?? UserAccount(named: "nobody") else {
            throw SystemError(
                operation: "go on without root's rights", errno: SystemError.notFound,
                advice: "there is neither a user vipd nor nobody: useradd --system vipd")
        }
        if user.name != "vipd" {
            warnings.append(
                "there is no user vipd, so vipd goes on as \(user.name); make one: useradd --system vipd")
        }
        for path in paths { try user.own(path) }
        try needed.keepOnly(as: user)
    } else {
        try needed.keepOnly()
    }
    try Capabilities.renounceNew()
    return warnings
}
