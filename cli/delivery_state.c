/* SPDX-License-Identifier: Apache-2.0 */
/* Which deliveries were accepted, from one run to the next. */
#include "cli/delivery_state.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define STATE_SIZE_MAX ((size_t)4 << 20)

bool wb_delivery_state_open(const char *path, struct wb_policy_state **state, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) json = {0};
    *state = NULL;
    if (path == NULL)
        return true;
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        *state = wb_policy_state_new();
        return true;
    }
    if (!wb_file_read(AT_FDCWD, path, STATE_SIZE_MAX, &json, err))
        return false;
    *state = wb_policy_state_read(wb_buffer_bytes(&json), err);
    return *state != NULL || wb_error_context(err, "%s", path);
}

bool wb_delivery_state_keep(const char *path, struct wb_policy_state *state,
                            const struct wb_inventory *inventory, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) json = {0};
    if (path == NULL)
        return true;
    wb_policy_state_note(state, inventory);
    wb_policy_state_write(state, &json);
    WB_AUTO(wb_output) *output = wb_output_open(path, err);
    if (output == NULL)
        return false;
    wb_output_write(output, json.data, json.size);
    return wb_output_commit(output, err);
}
