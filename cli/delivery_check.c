/* SPDX-License-Identifier: Apache-2.0 */
/* Verifying a delivery before it is taken apart or signed again. */
#include "cli/delivery_check.h"
#include "cli/delivery_state.h"
#include "cli/secrets.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>

#define TRUSTED_ROOT_SIZE_MAX ((size_t)16 << 20)

void wb_delivery_check_options_clear(struct wb_delivery_check_options *options)
{
    wb_options_list_free(options->keys);
    wb_options_list_free(options->bases);
    free(options->policy);
    free(options->trust);
    free(options->trust_update);
    free(options->trusted_root);
    free(options->state);
}

/* Whom to believe, with all that it holds. */
struct belief {
    struct wb_verify_demands demands;
    struct wb_key **keys;
    size_t key_count;
    struct wb_trusted_root *trusted_root;
    struct wb_policy *policy;
    struct wb_policy_state *state;
};

static void belief_clear(struct belief *belief)
{
    wb_policy_free(belief->policy);
    wb_policy_state_free(belief->state);
    wb_trusted_root_free(belief->trusted_root);
    for (size_t i = 0; i < belief->key_count; i++)
        wb_key_free(belief->keys[i]);
    free(belief->keys);
}

static bool read_keys(const struct wb_delivery_check_options *options, struct belief *belief,
                      struct wb_error *err)
{
    struct wb_password_source passwords = wb_password_not_from_input();
    size_t count = wb_options_list_count(options->keys);
    belief->keys = wb_allocate_array(count + 1, sizeof(struct wb_key *));
    for (; belief->key_count < count; belief->key_count++) {
        struct wb_key *key = wb_key_open_public(options->keys[belief->key_count], &passwords, err);
        if (key == NULL)
            return false;
        belief->keys[belief->key_count] = key;
    }
    belief->demands = (struct wb_verify_demands){
        .keys = belief->keys, .key_count = count, .now = (int64_t)time(NULL)};
    belief->policy = wb_policy_from_demands(&belief->demands);
    return true;
}

static bool read_policy(const struct wb_delivery_check_options *options, struct belief *belief,
                        struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) json = {0};
    belief->policy =
        options->trust == NULL
            ? wb_policy_open(options->policy, err)
            : wb_trust_kit_open_policy(options->trust, options->trust_update, options->policy, err);
    if (belief->policy == NULL)
        return false;
    if (options->trusted_root == NULL)
        return !wb_policy_wants_trusted_root(belief->policy) ||
               wb_error_set(err, WB_USAGE,
                            "the policy has keyless signers: give --trusted-root FILE, or name it "
                            "in the policy as `trustedRoot`");
    if (!wb_file_read(AT_FDCWD, options->trusted_root, TRUSTED_ROOT_SIZE_MAX, &json, err))
        return false;
    belief->trusted_root = wb_trusted_root_read(wb_buffer_bytes(&json), err);
    if (belief->trusted_root == NULL)
        return wb_error_context(err, "%s", options->trusted_root);
    wb_policy_set_trusted_root(belief->policy, belief->trusted_root);
    return true;
}

static bool open_belief(const struct wb_delivery_check_options *options, struct belief *belief,
                        struct wb_error *err)
{
    bool by_policy = options->policy != NULL || options->trust != NULL;
    if ((options->keys != NULL) == by_policy)
        return wb_error_set(err, WB_USAGE,
                            "a public key, or a policy or trust kit, says whom to believe: nothing "
                            "is done with a delivery that was not verified");
    if (options->trusted_root != NULL && !by_policy)
        return wb_error_set(err, WB_USAGE, "--trusted-root goes with --policy or --trust");
    if (options->trust_update != NULL && options->trust == NULL)
        return wb_error_set(err, WB_USAGE, "--trust-update goes with --trust: what it must follow");
    return (by_policy ? read_policy(options, belief, err) : read_keys(options, belief, err)) &&
           wb_delivery_state_open(options->state, &belief->state, err);
}

static void say_outcomes(const struct wb_outcomes *outcomes, bool quiet)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct wb_outcome *one = &outcomes->items[i];
        bool is_warning = one->code[0] == 'W';
        const char *line =
            one->object == NULL
                ? wb_arena_format(arena, "%s: %s", one->code, one->message)
                : wb_arena_format(arena, "%s %s: %s", one->code, one->object, one->message);
        if (!is_warning)
            wb_say_note(line);
        else if (!quiet)
            wb_say_warning(line);
    }
}

bool wb_delivery_check(const struct wb_delivery_check_options *options, const char *const *paths,
                       size_t count, bool quiet, struct wb_delivery_verdict *verdict,
                       struct wb_error *err)
{
    struct belief belief = {0};
    struct wb_progress progress;
    wb_progress_start(&progress, "verifying", quiet);
    const struct wb_delivery_input input = {
        .paths = paths,
        .path_count = count,
        .stream_fd = -1,
        .bases = (const char *const *)options->bases,
        .base_count = wb_options_list_count(options->bases),
        .progress = wb_progress_show,
        .context = &progress,
    };
    bool good =
        open_belief(options, &belief, err) &&
        wb_verify_delivery(&input, belief.policy, belief.state, (int64_t)time(NULL), verdict, err);
    wb_progress_end(&progress);
    say_outcomes(verdict->outcomes, quiet);
    /* Whoever asks for no inventory has a plain layout verified, which is no delivery. */
    if (good && (verdict->inventory == NULL || verdict->layout == NULL))
        good = wb_error_set(err, WB_BAD_INPUT, "no inventory: it is not a delivery");
    if (good)
        good = wb_delivery_state_keep(options->state, belief.state, verdict->inventory, err);
    belief_clear(&belief);
    return good || wb_error_context(err, "%s", paths[0]);
}
