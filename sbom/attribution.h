/* SPDX-License-Identifier: Apache-2.0 */
/* Which layer introduced, changed and deleted each package: found by comparing what the databases
 * say after each layer, not by naming the last layer that touched the database. (attribution.c) */
#ifndef WAYBILL_ATTRIBUTION_H
#define WAYBILL_ATTRIBUTION_H

#include "sbom/sbom.h"

struct wb_attribution;
struct wb_attribution *wb_attribution_new(void);
void wb_attribution_free(struct wb_attribution *attribution);
WB_AUTO_DECLARE(wb_attribution)

/* The packages as `layer` leaves them: all of them, of all databases, between begin and end. What
 * it needs of the packages is copied. */
void wb_attribution_begin(struct wb_attribution *attribution);
void wb_attribution_add(struct wb_attribution *attribution, const struct wb_package *package);
void wb_attribution_end(struct wb_attribution *attribution, int layer);

/* Sets package->span. A package that was never added keeps its span. */
void wb_attribution_apply(const struct wb_attribution *attribution, struct wb_package *package);

/* Adds to bom->removed what a lower layer held and no package of that name and architecture is left
 * of. */
void wb_attribution_list_removed(const struct wb_attribution *attribution, struct wb_bom *bom);

#endif
