#define _GNU_SOURCE
#define SD_JOURNAL_SUPPRESS_LOCATION  // the caller's fields are the entry; this file's name is none of them
#include "service.h"

#include "unix_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

int cvip_service_connect(const char *address) {
    return cvip_unix_connect(address, SOCK_DGRAM);
}

int cvip_service_notify(int fd, const char *state) {
    return send(fd, state, strlen(state), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int cvip_service_watchdog(uint64_t *interval_us) {
    uint64_t interval = 0;
    int status = sd_watchdog_enabled(0, &interval);
    *interval_us = status > 0 ? interval : 0;
    return status < 0 ? status : 0;
}

int cvip_journal_send(const struct iovec *fields, int count) {
    return sd_journal_sendv(fields, count);
}

int cvip_journal_watch(const char *path) {
    return cvip_unix_connect(path, SOCK_DGRAM);
}

int cvip_journal_has_room(int fd) {
    // unix(7): a connected datagram socket is not writable while the receiver's queue is full.
    struct pollfd watched = {.fd = fd, .events = POLLOUT};
    return poll(&watched, 1, 0) == 1 && watched.revents != 0;
}

int cvip_journal_has_stderr(void) {
    // systemd.exec(5): "device:inode" of the stream, to be compared, as a child may have been given another stderr.
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    char rest;
    struct stat status;
    if (stream == NULL || sscanf(stream, "%llu:%llu%c", &device, &inode, &rest) != 2)
        return 0;
    if (fstat(STDERR_FILENO, &status) < 0)
        return 0;
    return status.st_dev == device && status.st_ino == inode;
}
