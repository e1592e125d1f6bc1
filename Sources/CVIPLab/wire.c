// Raw frames in bulk.
#define _GNU_SOURCE
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

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

int viplab_stamp_frames(int fd) {
    int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0)
        return -errno;
    // Some 30,000 short frames, as the kernel accounts for them.
    int room = 32 << 20;
    return setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0 ? -errno : 0;
}

static int64_t nanoseconds(const struct timespec *time) {
    return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

/// How far CLOCK_REALTIME, of which the kernel's stamps are, is ahead of CLOCK_MONOTONIC.
static int64_t realtime_lead(void) {
    struct timespec real, monotonic;
    clock_gettime(CLOCK_REALTIME, &real);
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    return nanoseconds(&real) - nanoseconds(&monotonic);
}

static bool read_stamp(struct msghdr *message, int64_t *at) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        struct timespec time;
        memcpy(&time, CMSG_DATA(part), sizeof time);
        *at = nanoseconds(&time);
        return true;
    }
    return false;
}

int viplab_read_arp(int fd, struct viplab_arp *frames, size_t capacity) {
    const int64_t lead = realtime_lead();
    size_t count = 0;
    while (count < capacity) {
        uint8_t frame[sizeof(struct ether_header) + sizeof(struct ether_arp)];
        _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct timespec))];
        struct iovec part = {.iov_base = frame, .iov_len = sizeof frame};
        struct msghdr message = {
            .msg_iov = &part,
            .msg_iovlen = 1,
            .msg_control = control,
            .msg_controllen = sizeof control,
        };
        ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);
        // Told once, when the link goes down; it may come up again.
        if (length < 0 && errno == ENETDOWN)
            continue;
        if (length < 0)
            return errno == EAGAIN || errno == EINTR ? (int)count : -errno;
        int64_t at;
        struct ether_arp arp;
        if ((size_t)length < sizeof frame || !read_stamp(&message, &at))
            continue;
        memcpy(&arp, frame + sizeof(struct ether_header), sizeof arp);
        frames[count].at = at - lead;
        memcpy(&frames[count].sender, arp.arp_spa, sizeof frames[count].sender);
        count++;
    }
    return (int)count;
}

int viplab_receive_stamped(int fd, uint8_t *frame, size_t capacity, int64_t *at) {
    struct iovec part = {.iov_base = frame, .iov_len = capacity};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct timespec))];
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control,
    };
    ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);
    if (length < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    return read_stamp(&message, at) ? (int)length : -EPROTO;
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
