#define _GNU_SOURCE
#include "CVIPPrivilege.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define NEEDS_MEMORY 1
#endif
#endif

static int become(const struct passwd *user) {
    if (setgroups(0, NULL) < 0 || setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
        setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
        return -errno;
    return 0;
}

static int drop_bounding_set(void) {
    for (cap_value_t value = 0; cap_get_bound(value) >= 0; value++) {
        if (cap_get_bound(value) == CAP_SET && cap_drop_bound(value) < 0 && errno != EPERM)
            return -errno;
    }
    return 0;
}

static int drop_capabilities(void) {
    // Kernels without ambient capabilities have none to give up.
    if (cap_reset_ambient() < 0 && errno != EINVAL)
        return -errno;
    cap_t none = cap_init();
    if (none == NULL)
        return -errno;
    int status = cap_set_proc(none) < 0 ? -errno : 0;
    (void)cap_free(none);
    return status;
}

int cvip_privilege_drop(char user[CVIP_USER_SIZE]) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    int status = drop_bounding_set();
    if (status < 0)
        return status;
    const struct passwd *known;
    if (geteuid() == 0) {
        known = getpwnam("vipd");
        if (known == NULL)
            known = getpwnam("nobody");
        if (known == NULL)
            return -ENOENT;
        status = become(known);
        if (status < 0)
            return status;
    } else {
        known = getpwuid(geteuid());
    }
    if (known != NULL)
        (void)snprintf(user, CVIP_USER_SIZE, "%s", known->pw_name);
    else
        (void)snprintf(user, CVIP_USER_SIZE, "%u", (unsigned)geteuid());
    return drop_capabilities();
}

int cvip_privilege_bound(size_t bytes, struct cvip_limits *before) {
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) < 0 || getrlimit(RLIMIT_DATA, &before->data) < 0)
        return -errno;
#ifdef NEEDS_MEMORY
    (void)bytes;
    return 0;
#else
    struct rlimit bounded = before->data;
    if (bounded.rlim_cur <= bytes)
        return 0;
    bounded.rlim_cur = bytes;
    return setrlimit(RLIMIT_DATA, &bounded) < 0 ? -errno : 0;
#endif
}

int cvip_privilege_unbound(const struct cvip_limits *before) {
    return setrlimit(RLIMIT_DATA, &before->data);
}
