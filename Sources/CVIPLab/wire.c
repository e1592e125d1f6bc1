// Raw frames in bulk.
#define _GNU_SOURCE
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int viplab_hear_arp(int fd, const char *name) {
    // Only the EtherType is looked at: 12 octets behind the start of the frame.
    struct sock_filter is_arp[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog program = {.len = sizeof is_arp / sizeof is_arp[0], .filter = is_arp};
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0)
        return -errno;
    int on = 1;
    if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) < 0)
        return -errno;
    struct ifreq request = {0};
    if (strlen(name) >= sizeof request.ifr_name)
        return -ENAMETOOLONG;
    strcpy(request.ifr_name, name);
    if (ioctl(fd, SIOCGIFINDEX, &request) < 0)
        return -errno;
    // All protocols: a bridge takes a port's frames before sockets of a single one would get them.
    const struct sockaddr_ll link = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_ALL),
        .sll_ifindex = request.ifr_ifindex,
    };
    return bind(fd, (const struct sockaddr *)&link, sizeof link) < 0 ? -errno : 0;
}

int viplab_stamp(int fd) {
    int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0 ? -errno : 0;
}

int viplab_receive_stamped(int fd, uint8_t *frame, size_t capacity, int64_t *nanoseconds) {
    struct iovec part = {.iov_base = frame, .iov_len = capacity};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct timespec))];
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);
    if (length < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        struct timespec time;
        memcpy(&time, CMSG_DATA(header), sizeof time);
        *nanoseconds = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
        return (int)length;
    }
    return -EPROTO;
}

int viplab_bypass_queue(int fd) {
    int on = 1;
    return setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) < 0 ? -errno : 0;
}

int viplab_send_frames(int fd, const uint8_t *frames, size_t length, size_t count) {
    enum { batch = 64 };
    struct iovec parts[batch];
    struct mmsghdr messages[batch];
    size_t sent = 0;
    while (sent < count) {
        unsigned wanted = count - sent < batch ? (unsigned)(count - sent) : batch;
        memset(messages, 0, sizeof messages);
        for (unsigned i = 0; i < wanted; i++) {
            // sendmmsg only reads what an iovec of its messages points to.
            parts[i] = (struct iovec){.iov_base = (void *)(uintptr_t)(frames + (sent + i) * length), .iov_len = length};
            messages[i].msg_hdr.msg_iov = &parts[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        int taken = sendmmsg(fd, messages, wanted, MSG_DONTWAIT);
        if (taken < 0) {
            if (errno == EINTR)
                continue;
            return errno == EAGAIN || errno == ENOBUFS ? (int)sent : -errno;
        }
        sent += (size_t)taken;
        if ((unsigned)taken < wanted)
            break;
    }
    return (int)sent;
}
