#define _GNU_SOURCE
#include "service_notice.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

int cvip_service_socket(void) {
    int count = sd_listen_fds(1);
    if (count < 0)
        return count;
    if (count == 0)
        return -ENOENT;
    return count == 1 ? SD_LISTEN_FDS_START : -E2BIG;
}

int cvip_service_watchdog_ms(uint64_t *interval_ms) {
    uint64_t interval = 0;
    int status = sd_watchdog_enabled(0, &interval);
    *interval_ms = status > 0 ? interval / 1000 : 0;
    return status < 0 ? status : 0;
}

int cvip_service_tell(const char *state) {
    const char *path = getenv("NOTIFY_SOCKET");
    if (path == NULL)
        return 0;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, length);
    socklen_t size = sizeof address;
    if (path[0] == '@') {
        // An abstract name is as long as the address says: unix(7).
        address.sun_path[0] = '\0';
        size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    ssize_t sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, size);
    int status = sent < 0 ? -errno : 0;
    close(fd);
    return status;
}
