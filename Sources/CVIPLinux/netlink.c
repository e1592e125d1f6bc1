#define _GNU_SOURCE
#include "netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_socket(int protocol, uint32_t groups) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (fd < 0)
        return -errno;
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

static int open_for_requests(int protocol) {
    int fd = open_socket(protocol, 0);
    if (fd < 0)
        return fd;
    // An answer need not repeat its request; so a refused batch takes no more room than a granted one (Linux 4.3).
    int on = 1;
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    // The kernel then heeds what a dump asks for (Linux 4.20); before, it sends the routes of every table.
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
    return fd;
}

int cvip_netlink_open(void) { return open_for_requests(NETLINK_ROUTE); }

int cvip_netlink_open_diag(void) { return open_for_requests(NETLINK_SOCK_DIAG); }

int cvip_netlink_open_netfilter(void) { return open_for_requests(NETLINK_NETFILTER); }

int cvip_netlink_open_monitor(int receive_buffer) {
    int fd = open_socket(NETLINK_ROUTE, RTMGRP_LINK | RTMGRP_IPV4_IFADDR);
    if (fd < 0)
        return fd;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer) < 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

static void put_dump(struct nlmsghdr *header, enum cvip_dump dump) {
    switch (dump) {
    case CVIP_DUMP_LINKS: {
        header->nlmsg_type = RTM_GETLINK;
        struct ifinfomsg *link = mnl_nlmsg_put_extra_header(header, sizeof *link);
        link->ifi_family = AF_UNSPEC;
        mnl_attr_put_u32(header, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        break;
    }
    case CVIP_DUMP_ADDRESSES:
    case CVIP_DUMP_ALL_ADDRESSES: {
        header->nlmsg_type = RTM_GETADDR;
        struct ifaddrmsg *address = mnl_nlmsg_put_extra_header(header, sizeof *address);
        address->ifa_family = dump == CVIP_DUMP_ADDRESSES ? AF_INET : AF_UNSPEC;
        break;
    }
    case CVIP_DUMP_ROUTES: {
        header->nlmsg_type = RTM_GETROUTE;
        struct rtmsg *route = mnl_nlmsg_put_extra_header(header, sizeof *route);
        route->rtm_family = AF_INET;
        route->rtm_table = RT_TABLE_MAIN;
        break;
    }
    }
}

int cvip_netlink_request(int fd, enum cvip_dump dump, uint32_t sequence) {
    char buffer[128] = {0};
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    header->nlmsg_seq = sequence;
    put_dump(header, dump);
    for (;;) {
        if (send(fd, buffer, header->nlmsg_len, MSG_DONTWAIT) >= 0)
            return 0;
        if (errno != EINTR)
            return -errno;
    }
}

/// One datagram without waiting; *port tells who sent it, 0 being the kernel.
static ssize_t receive_now(int fd, void *buffer, size_t capacity, uint32_t *port) {
    struct sockaddr_nl sender = {0};
    struct iovec vector = {.iov_base = buffer, .iov_len = capacity};
    struct msghdr message = {
        .msg_name = &sender, .msg_namelen = sizeof sender, .msg_iov = &vector, .msg_iovlen = 1};
    ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);
    if (length < 0)
        return -errno;
    if (message.msg_flags & MSG_TRUNC)
        return -EMSGSIZE;
    *port = sender.nl_pid;
    return length;
}

int cvip_netlink_receive_many(int fd, void *buffer, size_t slot, size_t lengths[CVIP_NETLINK_MANY]) {
    struct sockaddr_nl senders[CVIP_NETLINK_MANY] = {0};
    struct iovec vectors[CVIP_NETLINK_MANY];
    struct mmsghdr messages[CVIP_NETLINK_MANY] = {0};
    for (size_t i = 0; i < CVIP_NETLINK_MANY; i++) {
        vectors[i] = (struct iovec){.iov_base = (char *)buffer + i * slot, .iov_len = slot};
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &senders[i], .msg_namelen = sizeof senders[i], .msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    int count;
    do
        count = recvmmsg(fd, messages, CVIP_NETLINK_MANY, MSG_DONTWAIT, NULL);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return -errno;
    for (int i = 0; i < count; i++) {
        int is_cut = (messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
        lengths[i] = senders[i].nl_pid != 0 ? 0 : is_cut ? slot + 1 : messages[i].msg_len;
    }
    return count;
}

int cvip_netlink_receive(int fd, void *buffer, size_t capacity, int timeout_ms) {
    for (;;) {
        uint32_t port = 0;
        ssize_t length = receive_now(fd, buffer, capacity, &port);
        if (length >= 0) {
            if (port == 0)
                return (int)length;
        } else if (length == -EAGAIN && timeout_ms > 0) {
            struct pollfd ready = {.fd = fd, .events = POLLIN};
            if (poll(&ready, 1, timeout_ms) == 0)
                return -EAGAIN;
        } else if (length != -EINTR) {
            return (int)length;
        }
    }
}
