/* SPDX-License-Identifier: Apache-2.0 */
/* Inventories of deliveries: what is taken must write and read back as it was. */
#include "delivery/inventory.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_inventory) *inventory = wb_inventory_read((struct wb_bytes){data, size}, &err);
    if (inventory == NULL)
        return 0;
    for (size_t i = 0; i < inventory->blob_count; i++)
        if (wb_inventory_find(inventory, &inventory->blobs[i].digest) != &inventory->blobs[i])
            abort();
    WB_AUTO_VALUE(wb_buffer) first = {0};
    WB_AUTO_VALUE(wb_buffer) second = {0};
    if (!wb_inventory_write(inventory, &first, &err))
        abort();
    WB_AUTO(wb_inventory) *again = wb_inventory_read(wb_buffer_bytes(&first), &err);
    if (again == NULL || !wb_inventory_write(again, &second, &err) || first.size != second.size ||
        memcmp(first.data, second.data, first.size) != 0)
        abort();
    return 0;
}
