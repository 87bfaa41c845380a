/* SPDX-License-Identifier: Apache-2.0 */
/* The test programs' answer to exhausted memory. */
#include "base/base.h"

#include <stdlib.h>

_Noreturn void wb_out_of_memory(size_t requested)
{
    (void)requested;
    abort();
}
