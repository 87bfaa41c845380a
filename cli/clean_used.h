/* SPDX-License-Identifier: Apache-2.0 */
/* What must stay when attachments are removed, because something else in the layout needs it.
 * (clean_used.c) */
#ifndef WAYBILL_CLI_CLEAN_USED_H
#define WAYBILL_CLI_CLEAN_USED_H

#include "cli/cli.h"
#include "sign/attachments.h"

/* One of each for every attachment that is to go: whether its manifest and its blob are needed by
 * what stays. */
struct wb_used {
    bool *manifests;
    bool *blobs;
};
/* Follows what is left of index.json without the attachments, and its referrers. What cannot be
 * read needs nothing. A tagged image that index.json lists twice is refused: it is more
 * than an attachment, whatever one of its tags says. */
bool wb_used_find(struct wb_layout *layout, const struct wb_digest *target,
                  const struct wb_attachments *leaving, struct wb_used *used,
                  struct wb_error *err) WB_MUST_CHECK;
void wb_used_clear(struct wb_used *used);

#endif
