/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of a trust kit's writer share. */
#ifndef WAYBILL_DELIVERY_TRUST_KIT_PRIVATE_H
#define WAYBILL_DELIVERY_TRUST_KIT_PRIVATE_H

#include "delivery/trust_kit.h"

struct wb_trust_kit_draft {
    json_t *json; /* the payload to be */
};
/* The list of that name, made when it is not there. */
json_t *wb_trust_kit_draft_list(struct wb_trust_kit_draft *draft, const char *name);
/* Whether the list has something of that name. */
bool wb_trust_kit_draft_has(const struct wb_trust_kit_draft *draft, const char *list,
                            const char *name);
/* Whether the item of `keys` is the key of that fingerprint, in hex. */
bool wb_trust_kit_is_key(const json_t *item, const char *fingerprint);

#endif
