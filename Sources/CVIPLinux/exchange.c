#define _GNU_SOURCE
#include "exchange.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "message.h"
#include "netlink.h"

enum {
    CHUNK = 64,  // requests a datagram: their answers take about 64 KB of the default 208 KB buffer
    ANSWER_TIMEOUT_MS = 1000,
    NO_ANSWER = -1
};

/// Receives until the last of count requests from first on has its answer, the only one that asks for one; -errno if that
/// cannot be.
static int collect(int fd, uint32_t first, int32_t *answers, size_t count) {
    _Alignas(struct nlmsghdr) char buffer[4096];
    bool isComplete = false;
    while (!isComplete) {
        int length = cvip_netlink_receive(fd, buffer, sizeof buffer, ANSWER_TIMEOUT_MS);
        if (length < 0)
            return length == -EAGAIN ? -ETIMEDOUT : length;
        struct cvip_message message;
        size_t offset = 0;
        int status;
        while ((status = cvip_message_next(buffer, (size_t)length, &offset, &message)) != 0) {
            // What a former call gave up waiting for is of another sequence and is passed over.
            size_t index = message.sequence - first;
            if (status < 0 || message.kind != CVIP_MESSAGE_ERROR || index >= count || answers[index] != NO_ANSWER)
                continue;
            answers[index] = message.error;
            isComplete = index == count - 1;
        }
    }
    // Requests are carried out in order, and one that is refused is answered in any case.
    for (size_t i = 0; i < count; i++)
        if (answers[i] == NO_ANSWER)
            answers[i] = 0;
    return 0;
}

/// Sends one datagram of count requests, the first of number index, and collects its answers; -errno if that cannot be.
static int exchange(int fd, uint32_t *sequence, cvip_put_request put, const void *context, size_t index,
                    int32_t *answers, size_t count) {
    _Alignas(struct nlmsghdr) char buffer[CHUNK * CVIP_REQUEST_SIZE];
    memset(buffer, 0, count * CVIP_REQUEST_SIZE);  // libmnl leaves the padding of attributes as it is
    uint32_t first = *sequence + 1;
    size_t length = 0;
    struct nlmsghdr *last = NULL;
    for (size_t i = 0; i < count; i++) {
        last = (void *)(buffer + length);
        length += put(last, ++*sequence, index + i, context);
    }
    last->nlmsg_flags |= NLM_F_ACK;
    while (send(fd, buffer, length, MSG_DONTWAIT) < 0)
        if (errno != EINTR)
            return -errno;
    return collect(fd, first, answers, count);
}

size_t cvip_exchange(int fd, uint32_t *sequence, cvip_put_request put, const void *context, int32_t *answers,
                     size_t count) {
    size_t granted = 0;
    int status = 0;
    for (size_t done = 0; done < count;) {
        size_t length = count - done < CHUNK ? count - done : CHUNK;
        for (size_t i = done; i < done + length; i++)
            answers[i] = NO_ANSWER;
        if (status == 0)  // once the socket fails, the rest fails with it, instead of each chunk waiting anew
            status = exchange(fd, sequence, put, context, done, answers + done, length);
        for (size_t i = done; i < done + length; i++) {
            if (answers[i] == NO_ANSWER)
                answers[i] = -status;
            granted += answers[i] == 0;
        }
        done += length;
    }
    return granted;
}
