/* SPDX-License-Identifier: Apache-2.0 */
/* libarchive, loaded when a layer is read. */
#include "image/libarchive.h"

#include <stddef.h>

/* WAYBILL_LIBARCHIVE is the name of the library whose headers this was compiled with. */

bool wb_libarchive_load(struct wb_libarchive *library, struct wb_error *err)
{
    static const struct wb_library_function functions[] = {
#define ROW(name) {"archive_" #name, offsetof(struct wb_libarchive, name)},
        WB_LIBARCHIVE_FUNCTIONS(ROW)
#undef ROW
    };
    return wb_library_load(WAYBILL_LIBARCHIVE, functions, sizeof functions / sizeof functions[0],
                           library, err) ||
           wb_error_context(err, "layers are read with libarchive");
}
