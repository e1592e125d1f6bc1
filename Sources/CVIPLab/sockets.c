// Sockets of another network namespace, and what is done through them.
#define _GNU_SOURCE
#include "CVIPLab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_addresses(void) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0)
        return -errno;
    // A takeover of thousands of addresses is told in as many datagrams, within milliseconds.
    int room = 32 << 20;
    struct sockaddr_nl group = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0 ||
        bind(fd, (struct sockaddr *)&group, sizeof group) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

static int open_here(enum viplab_socket kind) {
    int fd;
    switch (kind) {
    case VIPLAB_ADDRESSES:
        return open_addresses();
    case VIPLAB_PACKETS:
        // Protocol 0: nothing is received until viplab_bind_packets names the link.
        fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        return fd < 0 ? -errno : fd;
    case VIPLAB_CONTROL:
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        return fd < 0 ? -errno : fd;
    }
    return -EINVAL;
}

int viplab_open_inside(int namespace_fd, enum viplab_socket kind) {
    int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0)
        return -errno;
    if (setns(namespace_fd, CLONE_NEWNET) < 0) {
        int error = errno;
        close(home);
        return -error;
    }
    int fd = open_here(kind);
    // A thread that could not get home would go on acting on the wrong network.
    if (setns(home, CLONE_NEWNET) < 0)
        abort();
    close(home);
    return fd;
}

static bool read_change(const struct nlmsghdr *header, struct viplab_address_change *change) {
    if (header->nlmsg_type != RTM_NEWADDR && header->nlmsg_type != RTM_DELADDR)
        return false;
    if (header->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifaddrmsg)))
        return false;
    const struct ifaddrmsg *message = NLMSG_DATA(header);
    if (message->ifa_family != AF_INET)
        return false;
    int left = (int)IFA_PAYLOAD(header);
    for (const struct rtattr *attribute = IFA_RTA(message); RTA_OK(attribute, left);
         attribute = RTA_NEXT(attribute, left)) {
        if (attribute->rta_type != IFA_LOCAL || RTA_PAYLOAD(attribute) != sizeof change->address)
            continue;
        memcpy(&change->address, RTA_DATA(attribute), sizeof change->address);
        change->interface = (int32_t)message->ifa_index;
        change->present = header->nlmsg_type == RTM_NEWADDR;
        return true;
    }
    return false;
}

int viplab_read_addresses(int fd, struct viplab_address_change *changes, size_t capacity) {
    _Alignas(struct nlmsghdr) char buffer[16384];
    size_t count = 0;
    while (count < capacity) {
        ssize_t length = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (length < 0)
            return errno == EAGAIN || errno == EINTR ? (int)count : -errno;
        int left = (int)length;
        for (const struct nlmsghdr *header = (const struct nlmsghdr *)buffer; NLMSG_OK(header, (unsigned)left);
             header = NLMSG_NEXT(header, left)) {
            if (count < capacity && read_change(header, &changes[count]))
                count++;
        }
    }
    return (int)count;
}

static int request_for(const char *name, struct ifreq *request) {
    memset(request, 0, sizeof *request);
    if (strlen(name) >= sizeof request->ifr_name)
        return -ENAMETOOLONG;
    strcpy(request->ifr_name, name);
    return 0;
}

int viplab_set_link(int control_fd, const char *name, bool up) {
    struct ifreq request;
    int refused = request_for(name, &request);
    if (refused)
        return refused;
    if (ioctl(control_fd, SIOCGIFFLAGS, &request) < 0)
        return -errno;
    request.ifr_flags = (short)(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
    return ioctl(control_fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

int viplab_bind_packets(int fd, const char *name) {
    struct ifreq request;
    int refused = request_for(name, &request);
    if (refused)
        return refused;
    if (ioctl(fd, SIOCGIFINDEX, &request) < 0)
        return -errno;
    struct sockaddr_ll link = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_ALL),
        .sll_ifindex = request.ifr_ifindex,
    };
    if (bind(fd, (struct sockaddr *)&link, sizeof link) < 0)
        return -errno;
    struct packet_mreq everything = {.mr_ifindex = request.ifr_ifindex, .mr_type = PACKET_MR_PROMISC};
    if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &everything, sizeof everything) < 0)
        return -errno;
    return 0;
}
