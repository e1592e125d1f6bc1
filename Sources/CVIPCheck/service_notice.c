#define _GNU_SOURCE
#include "service_notice.h"

#include <errno.h>
#include <systemd/sd-daemon.h>

int cvip_service_socket(void) {
    int count = sd_listen_fds(1);
    if (count < 0)
        return count;
    if (count == 0)
        return -ENOENT;
    return count == 1 ? SD_LISTEN_FDS_START : -E2BIG;
}

int cvip_service_watchdog_ms(uint64_t *interval_ms) {
    uint64_t interval = 0;
    int status = sd_watchdog_enabled(0, &interval);
    *interval_ms = status > 0 ? interval / 1000 : 0;
    return status < 0 ? status : 0;
}

void cvip_service_tell(const char *state) {
    (void)sd_notify(0, state);
}
