/* SPDX-License-Identifier: Apache-2.0 */
/* The static verifier has no network. */
#include "image/layout_private.h"

struct wb_layout_store *wb_layout_store_registry(const struct wb_reference *reference,
                                                 enum wb_layout_mode mode, struct wb_error *err)
{
    (void)mode;
    wb_error_set(err, WB_USAGE, "%s: this program reads no registries", reference->text);
    return NULL;
}
