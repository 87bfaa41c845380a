/* SPDX-License-Identifier: Apache-2.0 */
/* What the forms of a report share. */
#ifndef WAYBILL_DELIVERY_REPORT_PRIVATE_H
#define WAYBILL_DELIVERY_REPORT_PRIVATE_H

#include "verify/verify_private.h"

/* What was not established, a sentence each. Strings live in `arena` or are constants.
 * (delivery_report_unchecked.c) */
struct wb_unchecked {
    const char *items[16];
    size_t count;
};
void wb_delivery_unchecked(const struct wb_delivery_report *report, struct wb_arena *arena,
                           struct wb_unchecked *unchecked);
void wb_proofs_unchecked(const struct wb_verify_report *const *reports, size_t count,
                         struct wb_unchecked *unchecked);

#endif
