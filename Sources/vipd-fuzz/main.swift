// vipd-fuzz: what reads bytes of strangers, given bytes of any kind. The work is Fuzzing's; this is its door.
import Glibc

exit(Fuzzing.run(CommandLine.arguments))
