#define _GNU_SOURCE
#include "packet.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 256 };  // messages a system call: the array stays within 20 KB of stack

int cvip_packet_open(int ifindex, int send_buffer) {
    // Protocol 0 registers no receiver, neither here nor in bind.
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;

    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = 0, .sll_ifindex = ifindex};
    int failed = bind(fd, (const struct sockaddr *)&address, sizeof address);
    if (failed == 0 && setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &send_buffer, sizeof send_buffer) < 0)
        failed = setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    if (failed < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int cvip_packet_send(int fd, const struct iovec *frames, unsigned int count) {
    struct mmsghdr messages[CHUNK];
    unsigned int sent = 0;
    while (sent < count) {
        unsigned int length = count - sent < CHUNK ? count - sent : CHUNK;
        memset(messages, 0, length * sizeof messages[0]);
        for (unsigned int i = 0; i < length; i++) {
            // sendmsg does not write to the frame; iovec serves reading too and so has no const.
            messages[i].msg_hdr.msg_iov = (struct iovec *)&frames[sent + i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        int accepted = sendmmsg(fd, messages, length, MSG_DONTWAIT);
        if (accepted < 0) {
            if (errno == EINTR)
                continue;
            return sent > 0 ? (int)sent : -errno;
        }
        sent += (unsigned int)accepted;
    }
    return (int)sent;
}

int cvip_packet_join(int fd, int ifindex, const uint8_t group[6]) {
    struct packet_mreq membership = {.mr_ifindex = ifindex, .mr_type = PACKET_MR_MULTICAST, .mr_alen = 6};
    memcpy(membership.mr_address, group, 6);
    if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership) < 0)
        return -errno;
    return 0;
}
