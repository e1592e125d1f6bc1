#define _GNU_SOURCE
#include "door.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static int option(int fd, int name, int *value) {
    socklen_t length = sizeof *value;
    return getsockopt(fd, SOL_SOCKET, name, value, &length) < 0 ? -errno : 0;
}

int cvip_door_take(int fd) {
    int domain, type, listening, status;
    if ((status = option(fd, SO_DOMAIN, &domain)) < 0 || (status = option(fd, SO_TYPE, &type)) < 0 ||
        (status = option(fd, SO_ACCEPTCONN, &listening)) < 0)
        return status == -ENOTSOCK ? -EPROTOTYPE : status;
    if (domain != AF_UNIX || type != SOCK_SEQPACKET)
        return -EPROTOTYPE;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return -errno;
    return listening ? CVIP_DOOR_LISTENER : CVIP_DOOR_CONNECTION;
}

int cvip_door_accept(int listener, uid_t *peer) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return -errno;
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    *peer = credentials.uid;
    return fd;
}

ssize_t cvip_door_receive(int fd, void *buffer, size_t capacity) {
    ssize_t length;
    do {
        length = recv(fd, buffer, capacity, MSG_DONTWAIT | MSG_TRUNC);
    } while (length < 0 && errno == EINTR);
    return length < 0 ? -errno : length;
}

int cvip_door_send(int fd, const void *packet, size_t length) {
    ssize_t sent;
    do {
        sent = send(fd, packet, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}
