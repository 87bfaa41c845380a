/* SPDX-License-Identifier: Apache-2.0 */
/* Which blobs there are below a manifest or index. */
#ifndef WAYBILL_REACHED_H
#define WAYBILL_REACHED_H

#include "verify/verify_private.h"

struct wb_reached_blob {
    struct wb_digest digest;
    int64_t size;
    const char *role; /* "manifest" (an index, too), "config", "layer", "other" */
};

struct wb_reached {
    struct wb_reached_blob *blobs; /* each once */
    size_t count, capacity;
    void *by_digest;  /* tsearch(3): which are on the list, each node with its own copy */
    const char *code; /* the outcome that a failure is */
};
void wb_reached_clear(struct wb_reached *reached);
bool wb_reached_has(const struct wb_reached *reached, const struct wb_digest *digest);

/* Adds a manifest or index and all that is below it. Manifests are read, with their digest and size
 * checked, and refused where they could be read in two ways; configs and layers are only listed. */
bool wb_reach(struct wb_layout *layout, const struct wb_digest *digest, int64_t size,
              struct wb_reached *reached, struct wb_error *err) WB_MUST_CHECK;

#endif
