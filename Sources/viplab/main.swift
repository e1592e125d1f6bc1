// The entry: everything else is in named files.
import Glibc

Interrupt.watch()
exit(Program.run(Array(CommandLine.arguments.dropFirst())))
