#define _GNU_SOURCE
#include "access_list.h"

#include <stddef.h>
#include <sys/xattr.h>

int cvip_has_access_list(int descriptor) {
    return fgetxattr(descriptor, "system.posix_acl_access", NULL, 0) > 0;
}
