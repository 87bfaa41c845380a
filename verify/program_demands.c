/* SPDX-License-Identifier: Apache-2.0 */
/* What waybill-verify demands: keys and the trusted root, read from files. */
#include "verify/program.h"

#include <fcntl.h>
#include <time.h>

#define KEY_SIZE_MAX ((size_t)256 << 10)
#define TRUSTED_ROOT_SIZE_MAX ((size_t)4 << 20)

static struct wb_key *read_key(const char *path, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_file_read(AT_FDCWD, path, KEY_SIZE_MAX, &content, err))
        return NULL;
    struct wb_key *key = wb_key_from_public(wb_buffer_bytes(&content), err);
    if (key == NULL)
        wb_error_context(err, "%s", path);
    return key;
}

static struct wb_trusted_root *read_trusted_root(const char *path, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_file_read(AT_FDCWD, path, TRUSTED_ROOT_SIZE_MAX, &content, err))
        return NULL;
    struct wb_trusted_root *root = wb_trusted_root_read(wb_buffer_bytes(&content), err);
    if (root == NULL)
        wb_error_context(err, "%s", path);
    return root;
}

bool wb_program_demands_read(const struct wb_program_options *options,
                             struct wb_program_demands *demands, struct wb_error *err)
{
    *demands = (struct wb_program_demands){
        .demands = {.keys = demands->keys,
                    .identity = options->identity,
                    .identity_regexp = options->identity_regexp,
                    .issuer = options->issuer,
                    .issuer_regexp = options->issuer_regexp,
                    .now = (int64_t)time(NULL)},
    };
    for (size_t i = 0; i < options->key_count; i++) {
        demands->keys[i] = read_key(options->keys[i], err);
        if (demands->keys[i] == NULL)
            return false;
        demands->demands.key_count++;
    }
    if (options->trusted_root != NULL) {
        demands->trusted_root = read_trusted_root(options->trusted_root, err);
        demands->demands.trusted_root = demands->trusted_root;
    }
    return options->trusted_root == NULL || demands->trusted_root != NULL;
}

void wb_program_demands_clear(struct wb_program_demands *demands)
{
    for (size_t i = 0; i < WB_PROGRAM_KEYS_MAX; i++)
        wb_key_free(demands->keys[i]);
    wb_trusted_root_free(demands->trusted_root);
}
