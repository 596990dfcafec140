/* Whether a network can run: nothing outside its memory, nothing beyond 32 bits. */
#ifndef AE_NET_CHECK_H
#define AE_NET_CHECK_H

#include <stdbool.h>

#include "net_file.h"

/* Check what an undamaged file says and find its arrays. */
bool ae_net_check(const struct ae_net_header *header, struct ae_net *net);

#endif
