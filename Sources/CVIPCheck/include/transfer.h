// Requests to web servers, and connections for their own sake, many at once, through libcurl: libcurl-multi(3). The only
// door to libcurl. Nothing is taken from the environment (no proxy), no redirect is followed, no connection is used twice,
// and no protocol but http and https is spoken.
#ifndef CVIPCHECK_TRANSFER_H
#define CVIPCHECK_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

struct cvip_transfers;  // all that go on at once
struct cvip_transfer;   // one of them

/// Prepares libcurl; once, before there is another thread, and before other calls. Returns 0 with *transfers the caller's,
/// to be given to cvip_transfers_close; or -errno: -ENOMEM, -EIO.
int cvip_transfers_open(struct cvip_transfers **transfers);

/// To be called when every transfer was ended.
void cvip_transfers_close(struct cvip_transfers *transfers);

/// What is to be done. Strings need to be valid during the call only; files are read by libcurl later on.
struct cvip_transfer_options {
    const char *url;               // http:// or https://
    const char *authorities;       // PEM file, or NULL: those of the system
    const char *certificate;       // PEM file, or NULL: none is shown to the server
    const char *key;               // PEM file, or NULL: it is in certificate
    const void *post;              // JSON to be posted, or NULL: GET
    size_t post_length;
    size_t most_body;              // bytes of the body that are kept; the rest is not waited for
    uint32_t timeout_ms;           // of all of it
    uint8_t is_insecure;           // 1: any certificate of the server is good
    uint8_t is_connection_only;    // 1: done when the connection stands
};

/// Begins a transfer. Its end is told by cvip_transfers_next with token. Returns 0 with *transfer the caller's, to be
/// given to cvip_transfer_end; or -ENOMEM.
int cvip_transfers_begin(struct cvip_transfers *transfers, const struct cvip_transfer_options *options, uint64_t token,
                         struct cvip_transfer **transfer);

/// Waits until a transfer can go on, fd is readable, or timeout_ms have passed, and moves all transfers on. Returns 0
/// or -EIO.
int cvip_transfers_wait(struct cvip_transfers *transfers, int fd, int timeout_ms);

/// How a transfer ended.
enum cvip_transfer_outcome {
    CVIP_TRANSFER_DONE,           // an answer is there, or the connection stands
    CVIP_TRANSFER_CUT,            // the same, and the body was longer than most_body
    CVIP_TRANSFER_HEADERS,        // the headers of the answer are longer than 64 KiB
    CVIP_TRANSFER_UNRESOLVED,     // the host's name has no address
    CVIP_TRANSFER_UNCONNECTED,    // system_error tells why
    CVIP_TRANSFER_TIMEOUT,        // is_connected tells how far it came
    CVIP_TRANSFER_UNTRUSTED,      // the server's certificate is not good
    CVIP_TRANSFER_CERTIFICATE,    // the certificate for the server, or its key, cannot be used
    CVIP_TRANSFER_AUTHORITIES,    // the authorities cannot be used
    CVIP_TRANSFER_FAILED          // message tells why
};

enum { CVIP_TRANSFER_MESSAGE_SIZE = 256, CVIP_TRANSFER_DATE_SIZE = 32, CVIP_TRANSFER_TARGET_SIZE = 256 };

struct cvip_transfer_result {
    uint64_t token;
    enum cvip_transfer_outcome outcome;
    int32_t system_error;  // errno of the connection, or 0
    int32_t status;        // of HTTP; 0 where there was no answer
    uint8_t is_connected;
    char message[CVIP_TRANSFER_MESSAGE_SIZE];     // libcurl's, where it has one
    char redirect[CVIP_TRANSFER_TARGET_SIZE];     // where the answer points to; cut to fit
    char not_before[CVIP_TRANSFER_DATE_SIZE];     // of the server's certificate, where it is UNTRUSTED: YYYY-MM-DD HH:MM:SS
    char not_after[CVIP_TRANSFER_DATE_SIZE];      // in GMT; empty where not known
};

/// The next transfer that has ended, each once. Returns 1 with *result filled, or 0 where there is none.
int cvip_transfers_next(struct cvip_transfers *transfers, struct cvip_transfer_result *result);

/// What came of the body: valid until cvip_transfer_end.
const uint8_t *cvip_transfer_body(const struct cvip_transfer *transfer, size_t *length);

/// Ends a transfer, done or not, and closes its connection.
void cvip_transfer_end(struct cvip_transfers *transfers, struct cvip_transfer *transfer);

#endif
