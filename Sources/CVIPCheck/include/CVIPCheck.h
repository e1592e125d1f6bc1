// The whole of the checker's shim: one include a topic. Conventions that hold in each of them: a function returns a
// descriptor, a count or 0, and -errno where it fails; a descriptor belongs to the caller, who closes it with close(2)
// unless its header says otherwise; every descriptor is close-on-exec and non-blocking; there is no global state, no
// logging and no policy.
#ifndef CVIPCHECK_H
#define CVIPCHECK_H

#include "child.h"
#include "door.h"
#include <CVIPPrivilege.h>
#include "service_notice.h"
#include "transfer.h"
#include "wait.h"

#endif
