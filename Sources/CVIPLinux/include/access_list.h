// Access control lists of files, acl(5).
#ifndef CVIP_ACCESS_LIST_H
#define CVIP_ACCESS_LIST_H

/// Whether an open file has a list that names users or groups beyond its mode: 1 or 0; 0 also where its file system has no
/// such lists.
int cvip_has_access_list(int descriptor);

#endif
