#define _GNU_SOURCE
#include "lock.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdbool.h>
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

// The owner that a message tells of, if it is of the socket with that abstract name; -ENOENT for another's.
static int64_t owner_in(struct nlmsghdr *header, const char *name) {
    size_t length = strlen(name);
    bool is_named = false;
    int64_t owner = -ENOENT;
    struct unix_diag_msg *message = NLMSG_DATA(header);
    // Each type of socket has names of its own.
    if (message->udiag_type != SOCK_DGRAM)
        return -ENOENT;
    int rest = (int)header->nlmsg_len - (int)NLMSG_LENGTH(sizeof *message);
    for (struct rtattr *attribute = (struct rtattr *)(message + 1); RTA_OK(attribute, rest);
         attribute = RTA_NEXT(attribute, rest)) {
        size_t size = RTA_PAYLOAD(attribute);
        const char *value = RTA_DATA(attribute);
        if (attribute->rta_type == UNIX_DIAG_NAME) {
            is_named = size == length + 1 && value[0] == 0 && memcmp(value + 1, name, length) == 0;
        } else if (attribute->rta_type == UNIX_DIAG_UID && size == sizeof(uint32_t)) {
            uint32_t uid;
            memcpy(&uid, value, sizeof uid);
            owner = uid;
        }
    }
    return is_named ? owner : -ENOENT;
}

int64_t cvip_lock_owner(const char *name) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0)
        return -errno;
    struct {
        struct nlmsghdr header;
        struct unix_diag_req request;
    } question = {
        .header = {.nlmsg_len = sizeof question,
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .request = {.sdiag_family = AF_UNIX, .udiag_states = ~0U, .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_UID},
    };
    int64_t owner = -ENOENT;
    bool is_over = send(fd, &question, sizeof question, 0) < 0;
    if (is_over)
        owner = -errno;
    while (!is_over) {
        _Alignas(struct nlmsghdr) char buffer[32768];
        ssize_t size = recv(fd, buffer, sizeof buffer, 0);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0) {
            owner = size < 0 ? -errno : -EPROTO;
            break;
        }
        int rest = (int)size;
        for (struct nlmsghdr *header = (struct nlmsghdr *)buffer; rest > 0 && NLMSG_OK(header, (unsigned)rest);
             header = NLMSG_NEXT(header, rest)) {
            if (header->nlmsg_type == NLMSG_DONE) {
                is_over = true;
            } else if (header->nlmsg_type == NLMSG_ERROR) {
                is_over = true;
                if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(struct nlmsgerr)))
                    owner = ((struct nlmsgerr *)NLMSG_DATA(header))->error;
            } else if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(struct unix_diag_msg)) && owner == -ENOENT) {
                owner = owner_in(header, name);
            }
        }
    }
    close(fd);
    return owner;
}
