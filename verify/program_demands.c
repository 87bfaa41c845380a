/* SPDX-License-Identifier: Apache-2.0 */
/* By whose word waybill-verify judges: keys, the trusted root, the policy and the state, read from
 * files. */
#include "verify/program.h"

#include <fcntl.h>
#include <time.h>

#define KEY_SIZE_MAX ((size_t)256 << 10)
#define TRUSTED_ROOT_SIZE_MAX ((size_t)4 << 20)
#define STATE_SIZE_MAX ((size_t)4 << 20)

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

static bool read_trusted_root(const char *path, struct wb_program_demands *demands,
                              struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (path == NULL)
        return true;
    if (!wb_file_read(AT_FDCWD, path, TRUSTED_ROOT_SIZE_MAX, &content, err))
        return false;
    demands->trusted_root = wb_trusted_root_read(wb_buffer_bytes(&content), err);
    demands->demands.trusted_root = demands->trusted_root;
    return demands->trusted_root != NULL || wb_error_context(err, "%s", path);
}

static bool read_policy(const struct wb_program_options *options,
                        struct wb_program_demands *demands, struct wb_error *err)
{
    demands->policy =
        options->trust == NULL
            ? wb_policy_open(options->policy, err)
            : wb_trust_kit_open_policy(options->trust, options->trust_update, options->policy, err);
    if (demands->policy == NULL)
        return false;
    if (options->trust != NULL && options->policy != NULL)
        wb_buffer_append_text(&demands->trust, ", ");
    wb_policy_describe_kit(demands->policy, demands->demands.now, &demands->trust);
    if (demands->trusted_root != NULL)
        wb_policy_set_trusted_root(demands->policy, demands->trusted_root);
    return !wb_policy_wants_trusted_root(demands->policy) ||
           wb_error_set(err, WB_USAGE,
                        "the policy has signers without keys: give --trusted-root, to judge their "
                        "certificates by");
}

static bool read_state(const char *path, struct wb_program_demands *demands, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (path == NULL)
        return true;
    if (!wb_file_read(AT_FDCWD, path, STATE_SIZE_MAX, &content, err))
        return wb_error_context(err, "--state (`waybill verify --state` makes such a file)");
    demands->state = wb_policy_state_read(wb_buffer_bytes(&content), err);
    return demands->state != NULL || wb_error_context(err, "%s", path);
}

static void name_trust(const struct wb_program_options *options, struct wb_buffer *trust)
{
    const char *identity = options->identity != NULL ? options->identity : options->identity_regexp;
    if (options->policy != NULL)
        wb_buffer_append_format(trust, "policy %s", options->policy);
    for (size_t i = 0; i < options->key_count; i++)
        wb_buffer_append_format(trust, "%skey %s", i == 0 ? "" : " or ", options->keys[i]);
    if (identity != NULL)
        wb_buffer_append_format(trust, "%sidentity %s", options->key_count == 0 ? "" : " or ",
                                identity);
    if (options->trusted_root != NULL)
        wb_buffer_append_format(trust, ", trusted root %s", options->trusted_root);
}

bool wb_program_demands_read(const struct wb_program_options *options,
                             struct wb_program_demands *demands, struct wb_error *err)
{
    demands->demands = (struct wb_verify_demands){.keys = demands->keys,
                                                  .identity = options->identity,
                                                  .identity_regexp = options->identity_regexp,
                                                  .issuer = options->issuer,
                                                  .issuer_regexp = options->issuer_regexp,
                                                  .now = (int64_t)time(NULL)};
    name_trust(options, &demands->trust);
    for (size_t i = 0; i < options->key_count; i++) {
        demands->keys[i] = read_key(options->keys[i], err);
        if (demands->keys[i] == NULL)
            return false;
        demands->demands.key_count++;
    }
    if (!read_trusted_root(options->trusted_root, demands, err))
        return false;
    if (options->policy == NULL && options->trust == NULL)
        demands->policy = wb_policy_from_demands(&demands->demands);
    else if (!read_policy(options, demands, err))
        return false;
    return read_state(options->state, demands, err);
}

void wb_program_demands_clear(struct wb_program_demands *demands)
{
    wb_policy_free(demands->policy);
    wb_policy_state_free(demands->state);
    for (size_t i = 0; i < WB_PROGRAM_KEYS_MAX; i++)
        wb_key_free(demands->keys[i]);
    wb_trusted_root_free(demands->trusted_root);
    wb_buffer_clear(&demands->trust);
}
