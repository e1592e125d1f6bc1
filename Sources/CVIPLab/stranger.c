// A client that is not root.
#define _GNU_SOURCE
#include "stranger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

int viplab_connect_as(const char *path, unsigned user) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    // The system calls themselves: glibc's functions would change all threads, and the kernel notes the connecting one's.
    if (syscall(SYS_setresuid, -1, user, -1) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    int failed = connect(fd, (const struct sockaddr *)&address, sizeof address) < 0 ? errno : 0;
    // A thread that stayed another user would fail at everything after.
    if (syscall(SYS_setresuid, -1, 0, -1) < 0)
        abort();
    if (failed != 0) {
        close(fd);
        return -failed;
    }
    return fd;
}
