// The controlling terminal: its size, its way of giving keys, and taking it from the foreground and back: termios(3),
// ioctl_tty(2). What is drawn on it is not known here.
#ifndef CVIP_TERMINAL_H
#define CVIP_TERMINAL_H

#include <stdint.h>
#include <termios.h>

/// Opens the controlling terminal for reading and writing, non-blocking. The open file is the caller's own: what is set on
/// it with fcntl(2) does not concern the shell's.
///
/// Returns a descriptor, or -errno: -ENXIO where there is no controlling terminal, -ENOTTY where `stream`, the descriptor
/// that the caller was told to write to, is not that terminal.
int cvip_terminal_open(int stream);

/// The window's size in cells; 0 where the terminal does not know. Returns 0 or -errno.
int cvip_terminal_size(int fd, uint16_t *rows, uint16_t *columns);

/// Stores the terminal's modes in *before, and has it give each key at once and without an echo; the keys that make
/// signals go on making them. Stops the caller with SIGTTOU while it is in the background. Returns 0 or -errno.
int cvip_terminal_take(int fd, struct termios *before);

/// Puts back the modes that cvip_terminal_take stored; what was typed and not read is thrown away. Returns 0 or -errno.
int cvip_terminal_give_back(int fd, const struct termios *before);

/// Does what a signal does by default, now: unblocks it in the calling thread, sends it to the process, and blocks it
/// again, should that return. Returns 0 or -errno.
int cvip_signal_obey(int signal);

#endif
