#define _GNU_SOURCE
#include "socket_destroy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "exchange.h"
#include "parse.h"

_Static_assert(sizeof(struct inet_diag_sockid) == CVIP_IDENTITY_SIZE * sizeof(uint32_t), "the identity is copied whole");

enum {
    // The other end of these is told by a reset, or has not connected yet. Of LAST_ACK, CLOSING and TIME_WAIT it has
    // closed already, and the kernel would send nothing.
    OPEN_STATES = 1 << TCP_SYN_SENT | 1 << TCP_SYN_RECV | 1 << TCP_ESTABLISHED | 1 << TCP_CLOSE_WAIT |
                  1 << TCP_FIN_WAIT1 | 1 << TCP_FIN_WAIT2,
    TIMEWAIT_TIMER = 3  // idiag_timer of what is left of a socket whose owner has let go, FIN_WAIT2 included
};

enum {
    CONDITION_SIZE = sizeof(struct inet_diag_hostcond) + sizeof(uint32_t),
    FILTER_SIZE = sizeof(struct inet_diag_bc_op) + CONDITION_SIZE
};

/// A program for the kernel's filter: one condition, whose `no` leads beyond the end, which is to refuse.
static void put_filter(struct nlmsghdr *header, uint32_t prefix, uint8_t prefix_length) {
    struct inet_diag_bc_op operation = {.code = INET_DIAG_BC_S_COND, .yes = FILTER_SIZE, .no = FILTER_SIZE + 4};
    // A condition of AF_INET holds for mapped addresses too.
    struct inet_diag_hostcond condition = {.family = AF_INET, .prefix_len = prefix_length, .port = -1};
    uint32_t address = htonl(prefix);
    char filter[FILTER_SIZE];
    memcpy(filter, &operation, sizeof operation);
    memcpy(filter + sizeof operation, &condition, sizeof condition);
    memcpy(filter + sizeof operation + sizeof condition, &address, sizeof address);
    mnl_attr_put(header, INET_DIAG_REQ_BYTECODE, sizeof filter, filter);
}

int cvip_socket_request(int fd, uint8_t family, uint32_t prefix, uint8_t prefix_length, uint32_t sequence) {
    char buffer[128] = {0};
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
    header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    header->nlmsg_seq = sequence;
    struct inet_diag_req_v2 *request = mnl_nlmsg_put_extra_header(header, sizeof *request);
    request->sdiag_family = family;
    request->sdiag_protocol = IPPROTO_TCP;
    request->idiag_states = OPEN_STATES;
    put_filter(header, prefix, prefix_length);
    while (send(fd, buffer, header->nlmsg_len, MSG_DONTWAIT) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

/// Reads this end's IPv4 address; 1, or 0 if it has none.
static int local_address(const struct inet_diag_msg *info, uint32_t *address) {
    const uint32_t *words = info->id.idiag_src;
    if (info->idiag_family == AF_INET)
        *address = ntohl(words[0]);
    else if (info->idiag_family == AF_INET6 && words[0] == 0 && words[1] == 0 && words[2] == htonl(0xFFFF))
        *address = ntohl(words[3]);
    else
        return 0;
    return 1;
}

static int parse_socket(const struct nlmsghdr *header, struct cvip_message *message) {
    if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return 0;
    struct inet_diag_msg info;
    if (mnl_nlmsg_get_payload_len(header) < sizeof info)
        return -EBADMSG;
    memcpy(&info, mnl_nlmsg_get_payload(header), sizeof info);
    // Without a cookie the kernel would take whatever now has the same addresses and ports, listeners included.
    if (info.id.idiag_cookie[0] == INET_DIAG_NOCOOKIE && info.id.idiag_cookie[1] == INET_DIAG_NOCOOKIE)
        return -EBADMSG;
    if (info.idiag_state > TCP_CLOSING || (OPEN_STATES & 1 << info.idiag_state) == 0 ||
        info.idiag_timer == TIMEWAIT_TIMER || !local_address(&info, &message->socket.local))
        return 0;
    message->socket.family = info.idiag_family;
    message->socket.state = info.idiag_state;
    memcpy(message->socket.identity, &info.id, sizeof info.id);
    message->kind = CVIP_MESSAGE_SOCKET;
    return 0;
}

int cvip_socket_message_next(const void *buffer, size_t length, size_t *offset, struct cvip_message *message) {
    return cvip_parse_next(buffer, length, offset, message, parse_socket);
}

static size_t put_destruction(void *buffer, uint32_t sequence, size_t index, const void *context) {
    const struct cvip_socket *socket = (const struct cvip_socket *)context + index;
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    header->nlmsg_type = SOCK_DESTROY;
    header->nlmsg_flags = NLM_F_REQUEST;
    header->nlmsg_seq = sequence;
    struct inet_diag_req_v2 *request = mnl_nlmsg_put_extra_header(header, sizeof *request);
    request->sdiag_family = socket->family;
    request->sdiag_protocol = IPPROTO_TCP;
    memcpy(&request->id, socket->identity, sizeof request->id);
    return MNL_ALIGN(header->nlmsg_len);
}

size_t cvip_socket_destroy(int fd, uint32_t *sequence, const struct cvip_socket *sockets, int32_t *answers,
                           size_t count) {
    return cvip_exchange(fd, sequence, put_destruction, sockets, answers, count);
}
