#define _GNU_SOURCE
#include "lock.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int cvip_lock_open(const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    // The first byte of sun_path stays NUL: that makes the name abstract.
    if (length > sizeof address.sun_path - 1)
        return -ENAMETOOLONG;
    memcpy(address.sun_path + 1, name, length);

    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
    if (bind(fd, (const struct sockaddr *)&address, size) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}
