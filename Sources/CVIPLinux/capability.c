#define _GNU_SOURCE
#include "capability.h"

#include <errno.h>
#include <grp.h>
#include <stddef.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

static const struct {
    cap_value_t value;
    uint32_t bit;
} known[] = {
    {CAP_NET_ADMIN, CVIP_CAPABILITY_NET_ADMIN},
    {CAP_NET_RAW, CVIP_CAPABILITY_NET_RAW},
};

enum { KNOWN_COUNT = sizeof known / sizeof known[0] };

static uint32_t bits(cap_t set, cap_flag_t flag) {
    uint32_t result = 0;
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        cap_flag_value_t value = CAP_CLEAR;
        if (cap_get_flag(set, known[i].value, flag, &value) == 0 && value == CAP_SET)
            result |= known[i].bit;
    }
    return result;
}

int cvip_capability_get(uint32_t *permitted, uint32_t *effective) {
    cap_t now = cap_get_proc();
    if (now == NULL)
        return -errno;
    *permitted = bits(now, CAP_PERMITTED);
    *effective = bits(now, CAP_EFFECTIVE);
    (void)cap_free(now);
    return 0;
}

int cvip_capability_keep(uint32_t keep) {
    uint32_t permitted, effective;
    int status = cvip_capability_get(&permitted, &effective);
    if (status < 0)
        return status;
    if (cap_reset_ambient() < 0)
        return -errno;
    cap_t wanted = cap_init();
    if (wanted == NULL)
        return -errno;

    int failed = 0;
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        if ((keep & permitted & known[i].bit) == 0)
            continue;
        failed |= cap_set_flag(wanted, CAP_PERMITTED, 1, &known[i].value, CAP_SET);
        failed |= cap_set_flag(wanted, CAP_EFFECTIVE, 1, &known[i].value, CAP_SET);
    }
    if (failed == 0)
        failed = cap_set_proc(wanted);
    int error = errno;
    (void)cap_free(wanted);
    return failed == 0 ? 0 : -error;
}

int cvip_capability_become(uid_t user, gid_t group, uint32_t keep) {
    // The permitted set survives the change of user; the effective one does not, and is set again from it.
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        return -errno;
    if (setgroups(0, NULL) < 0 || setresgid(group, group, group) < 0 || setresuid(user, user, user) < 0)
        return -errno;
    if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
        return -errno;
    return cvip_capability_keep(keep);
}

int cvip_capability_renounce(void) {
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}
