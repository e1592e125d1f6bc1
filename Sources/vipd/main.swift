import VIPConfiguration
import Glibc
var o = RunOptions()
var sock = "/run/vipd/vipd.sock"
var a = Array(CommandLine.arguments.dropFirst(2))
while a.count >= 2 { switch a[0] { case "--vip": o.vips.append(a[1]); case "--interface": o.interface=a[1]; case "--node": o.node=a[1]; case "--interval": o.interval=a[1]; case "--config": o.configPath=a[1]; default: sock=a[1] }; a.removeFirst(2) }
exit(runDaemon(options: o, socketPath: sock))
