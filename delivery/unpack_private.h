/* SPDX-License-Identifier: Apache-2.0 */
/* What the forms that a delivery is unpacked to have in common. */
#ifndef WAYBILL_UNPACK_PRIVATE_H
#define WAYBILL_UNPACK_PRIVATE_H

#include "delivery/pack_private.h"

/* What is to be unpacked, collected as for packing. */
struct wb_unpacking {
    struct wb_packing packing;
    struct wb_layout *delivery;
    const struct wb_inventory *inventory;
    const struct wb_unpack_options *options;
};

/* Copies a blob and compares its digest. (unpack.c) */
bool wb_unpack_copy(struct wb_unpacking *unpacking, const struct wb_pack_blob *blob,
                    struct wb_output *output, struct wb_error *err) WB_MUST_CHECK;
/* A directory that appears whole. (unpack_layout.c) */
bool wb_unpack_layout(struct wb_unpacking *unpacking, const char *output,
                      struct wb_error *err) WB_MUST_CHECK;
/* A tar as `docker save` writes it. (unpack_docker.c) */
bool wb_unpack_docker(struct wb_unpacking *unpacking, const char *output,
                      struct wb_error *err) WB_MUST_CHECK;

#endif
