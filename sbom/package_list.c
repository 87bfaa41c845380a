/* SPDX-License-Identifier: Apache-2.0 */
/* The packages of one state of one database. */
#include "sbom/sbom.h"

#include <stdlib.h>

void wb_package_list_clear(struct wb_package_list *list)
{
    free(list->packages);
    *list = (struct wb_package_list){0};
}
