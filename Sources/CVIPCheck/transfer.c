#define _GNU_SOURCE
#include "transfer.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_HEADERS = 65536, STACK_SIZE = 512 * 1024 };

struct cvip_transfers {
    CURLM *multi;
};

struct cvip_transfer {
    CURL *easy;
    struct curl_slist *headers;
    void *post;
    uint64_t token;
    uint8_t *body;
    size_t body_length;
    size_t body_room;
    size_t most_body;
    size_t header_length;
    uint8_t is_cut;
    char message[CURL_ERROR_SIZE];
};

// Names are resolved by threads of libcurl's, one each; the usual 8 MiB of stack for each would be the most of what the
// process may have.
static void use_small_stacks(void) {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return;
    if (pthread_attr_setstacksize(&attributes, STACK_SIZE) == 0)
        (void)pthread_setattr_default_np(&attributes);
    (void)pthread_attr_destroy(&attributes);
}

int cvip_transfers_open(struct cvip_transfers **transfers) {
    use_small_stacks();
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return -EIO;
    struct cvip_transfers *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return -ENOMEM;
    opened->multi = curl_multi_init();
    if (opened->multi == NULL) {
        free(opened);
        return -ENOMEM;
    }
    *transfers = opened;
    return 0;
}

void cvip_transfers_close(struct cvip_transfers *transfers) {
    (void)curl_multi_cleanup(transfers->multi);
    free(transfers);
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context) {
    struct cvip_transfer *transfer = context;
    (void)bytes;
    transfer->header_length += size * count;
    return transfer->header_length > MOST_HEADERS ? 0 : size * count;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
    struct cvip_transfer *transfer = context;
    size_t length = size * count, room = transfer->most_body - transfer->body_length;
    if (length > room) {
        length = room;
        transfer->is_cut = 1;
    }
    size_t needed = transfer->body_length + length;
    if (needed > transfer->body_room) {
        size_t doubled = needed < 2048 ? 4096 : 2 * needed;
        uint8_t *grown = realloc(transfer->body, doubled);
        if (grown == NULL)
            return 0;
        transfer->body = grown;
        transfer->body_room = doubled;
    }
    if (length > 0)
        memcpy(transfer->body + transfer->body_length, bytes, length);
    transfer->body_length = needed;
    // Less than what came ends the transfer.
    return transfer->is_cut ? 0 : length;
}

static void free_transfer(struct cvip_transfer *transfer) {
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    free(transfer->post);
    free(transfer->body);
    free(transfer);
}

static CURLcode set_protocols(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

#define SET(option, value)                                                        \
    do {                                                                          \
        if (curl_easy_setopt(transfer->easy, option, value) != CURLE_OK)          \
            return -ENOMEM;                                                       \
    } while (0)

static int set_common(struct cvip_transfer *transfer, const struct cvip_transfer_options *options) {
    SET(CURLOPT_URL, options->url);
    if (set_protocols(transfer->easy) != CURLE_OK)
        return -ENOMEM;
    SET(CURLOPT_PRIVATE, transfer);
    SET(CURLOPT_ERRORBUFFER, transfer->message);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)options->timeout_ms);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    // Whether something listens is what is asked, each time anew.
    SET(CURLOPT_FRESH_CONNECT, 1L);
    SET(CURLOPT_FORBID_REUSE, 1L);
    SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    SET(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_USERAGENT, "vipd-check");
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, transfer);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, transfer);
#if LIBCURL_VERSION_NUM >= 0x075700
    // Else the end of a transfer would wait for a name server that does not answer.
    SET(CURLOPT_QUICK_EXIT, 1L);
#endif
    if (options->is_connection_only)
        SET(CURLOPT_CONNECT_ONLY, 1L);
    return 0;
}

static int set_trust(struct cvip_transfer *transfer, const struct cvip_transfer_options *options) {
    SET(CURLOPT_SSL_VERIFYPEER, options->is_insecure ? 0L : 1L);
    SET(CURLOPT_SSL_VERIFYHOST, options->is_insecure ? 0L : 2L);
    // The dates of a certificate that is not good, since not every TLS library tells what is wrong with it.
    SET(CURLOPT_CERTINFO, options->is_insecure ? 0L : 1L);
    if (options->authorities != NULL) {
        SET(CURLOPT_CAINFO, options->authorities);
        // Those of the system are a directory with some TLS libraries, and would count beside the file.
        SET(CURLOPT_CAPATH, NULL);
    }
    if (options->certificate != NULL) {
        SET(CURLOPT_SSLCERT, options->certificate);
        SET(CURLOPT_SSLKEY, options->key != NULL ? options->key : options->certificate);
    }
    return 0;
}

static int set_post(struct cvip_transfer *transfer, const struct cvip_transfer_options *options) {
    if (options->post == NULL)
        return 0;
    transfer->post = malloc(options->post_length + 1);
    if (transfer->post == NULL)
        return -ENOMEM;
    memcpy(transfer->post, options->post, options->post_length);
    // A server that does not know "Expect: 100-continue" would be waited for.
    static const char *const lines[] = {"Content-Type: application/json", "Expect:"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct curl_slist *longer = curl_slist_append(transfer->headers, lines[i]);
        if (longer == NULL)
            return -ENOMEM;
        transfer->headers = longer;
    }
    SET(CURLOPT_HTTPHEADER, transfer->headers);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)options->post_length);
    SET(CURLOPT_POSTFIELDS, transfer->post);
    return 0;
}

int cvip_transfers_begin(struct cvip_transfers *transfers, const struct cvip_transfer_options *options, uint64_t token,
                         struct cvip_transfer **transfer) {
    struct cvip_transfer *begun = calloc(1, sizeof *begun);
    if (begun == NULL)
        return -ENOMEM;
    begun->token = token;
    begun->most_body = options->most_body;
    begun->easy = curl_easy_init();
    if (begun->easy == NULL || set_common(begun, options) < 0 || set_trust(begun, options) < 0 ||
        set_post(begun, options) < 0 || curl_multi_add_handle(transfers->multi, begun->easy) != CURLM_OK) {
        free_transfer(begun);
        return -ENOMEM;
    }
    *transfer = begun;
    return 0;
}

int cvip_transfers_wait(struct cvip_transfers *transfers, int fd, int timeout_ms) {
    struct curl_waitfd other = {.fd = fd, .events = CURL_WAIT_POLLIN};
    int running;
    if (curl_multi_poll(transfers->multi, &other, 1, timeout_ms, NULL) != CURLM_OK ||
        curl_multi_perform(transfers->multi, &running) != CURLM_OK)
        return -EIO;
    return 0;
}

static enum cvip_transfer_outcome outcome(CURLcode code, const struct cvip_transfer *transfer) {
    switch (code) {
    case CURLE_OK:
        return CVIP_TRANSFER_DONE;
    case CURLE_WRITE_ERROR:
        if (transfer->is_cut)
            return CVIP_TRANSFER_CUT;
        return transfer->header_length > MOST_HEADERS ? CVIP_TRANSFER_HEADERS : CVIP_TRANSFER_FAILED;
    case CURLE_COULDNT_RESOLVE_HOST:
        return CVIP_TRANSFER_UNRESOLVED;
    case CURLE_COULDNT_CONNECT:
        return CVIP_TRANSFER_UNCONNECTED;
    case CURLE_OPERATION_TIMEDOUT:
        return CVIP_TRANSFER_TIMEOUT;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
        return CVIP_TRANSFER_UNTRUSTED;
    case CURLE_SSL_CERTPROBLEM:
        return CVIP_TRANSFER_CERTIFICATE;
    case CURLE_SSL_CACERT_BADFILE:
        return CVIP_TRANSFER_AUTHORITIES;
    default:
        return CVIP_TRANSFER_FAILED;
    }
}

// Copies the value of the line that begins with name, as "Expire date:2026-11-20 12:00:00 GMT", without its zone. With
// GnuTLS libcurl writes "Expire Date".
static void copy_date(const struct curl_slist *lines, const char *name, char date[CVIP_TRANSFER_DATE_SIZE]) {
    for (; lines != NULL; lines = lines->next) {
        if (strncasecmp(lines->data, name, strlen(name)) != 0)
            continue;
        (void)snprintf(date, CVIP_TRANSFER_DATE_SIZE, "%.19s", lines->data + strlen(name));
        return;
    }
}

int cvip_transfers_next(struct cvip_transfers *transfers, struct cvip_transfer_result *result) {
    const CURLMsg *message;
    int left;
    do {
        message = curl_multi_info_read(transfers->multi, &left);
        if (message == NULL)
            return 0;
    } while (message->msg != CURLMSG_DONE);

    CURL *easy = message->easy_handle;
    char *context = NULL, *redirect = NULL;
    long status = 0, error = 0;
    curl_off_t connected = 0;
    struct curl_certinfo *chain = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &context);
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
    (void)curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &redirect);
    (void)curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected);
    (void)curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain);

    const struct cvip_transfer *transfer = (const struct cvip_transfer *)(void *)context;
    *result = (struct cvip_transfer_result){
        .token = transfer->token,
        .outcome = outcome(message->data.result, transfer),
        .system_error = (int32_t)error,
        .status = (int32_t)status,
        .is_connected = connected > 0,
    };
    (void)snprintf(result->message, sizeof result->message, "%s",
                   transfer->message[0] != '\0' ? transfer->message : curl_easy_strerror(message->data.result));
    if (redirect != NULL)
        (void)snprintf(result->redirect, sizeof result->redirect, "%s", redirect);
    if (result->outcome == CVIP_TRANSFER_UNTRUSTED && chain != NULL && chain->num_of_certs > 0) {
        copy_date(chain->certinfo[0], "Start date:", result->not_before);
        copy_date(chain->certinfo[0], "Expire date:", result->not_after);
    }
    return 1;
}

const uint8_t *cvip_transfer_body(const struct cvip_transfer *transfer, size_t *length) {
    *length = transfer->body_length;
    return transfer->body;
}

void cvip_transfer_end(struct cvip_transfers *transfers, struct cvip_transfer *transfer) {
    (void)curl_multi_remove_handle(transfers->multi, transfer->easy);
    free_transfer(transfer);
}
