// The whole of the shim: one include a topic. Conventions that hold in each of them:
// a function returns a descriptor, a count or 0, and -errno where it fails; a descriptor belongs to the caller, who
// closes it with close(2) unless its header says otherwise; every descriptor is close-on-exec and non-blocking; there
// is no global state, no logging and no policy; IPv4 addresses are numbers in host order.
#ifndef CVIPLINUX_H
#define CVIPLINUX_H

#include "access_list.h"
#include "address.h"
#include "capability.h"
#include "capture.h"
#include "channel.h"
#include "civil_clock.h"
#include "hmac.h"
#include "lock.h"
#include "loop.h"
#include "message.h"
#include "netlink.h"
#include "overlap_relay.h"
#include "packet.h"
#include "program_memory.h"
#include "realtime.h"
#include "scratch.h"
#include "service.h"
#include "socket_destroy.h"
#include "source.h"
#include "terminal.h"

#endif
