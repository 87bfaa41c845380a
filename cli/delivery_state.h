/* SPDX-License-Identifier: Apache-2.0 */
/* The file that remembers which deliveries were accepted. (delivery_state.c) */
#ifndef WAYBILL_CLI_DELIVERY_STATE_H
#define WAYBILL_CLI_DELIVERY_STATE_H

#include "verify/verify.h"

/* What the file remembers: nothing when it is not there yet. `path` NULL: *state is NULL, and
 * nothing will be kept. */
bool wb_delivery_state_open(const char *path, struct wb_policy_state **state,
                            struct wb_error *err) WB_MUST_CHECK;
/* Notes a delivery that holds, and writes the file. */
bool wb_delivery_state_keep(const char *path, struct wb_policy_state *state,
                            const struct wb_inventory *inventory,
                            struct wb_error *err) WB_MUST_CHECK;

#endif
