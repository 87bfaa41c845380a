/* SPDX-License-Identifier: Apache-2.0 */
/* A whole delivery: what is signed first, then every byte against it, then the images. */
#include "verify/delivery_private.h"

#include <stdlib.h>
#include <string.h>

struct wb_delivery_verdict *wb_delivery_verdict_new(void)
{
    struct wb_delivery_verdict *verdict = wb_allocate(sizeof *verdict);
    verdict->outcomes = wb_outcomes_new();
    return verdict;
}

void wb_delivery_verdict_free(struct wb_delivery_verdict *verdict)
{
    if (verdict == NULL)
        return;
    for (size_t i = 0; i < verdict->image_count; i++)
        wb_image_verdict_clear(&verdict->images[i]);
    free(verdict->images);
    free(verdict->files);
    free(verdict->bad_ranges);
    wb_verify_report_free(verdict->inventory_report);
    wb_inventory_free(verdict->inventory);
    wb_layout_free(verdict->layout);
    wb_volumes_free(verdict->volumes);
    wb_outcomes_free(verdict->outcomes);
    free(verdict);
}

static void clear_check(struct wb_delivery_check *check)
{
    for (size_t i = 0; i < check->index_count; i++)
        json_decref(check->indexes[i]);
    free(check->indexes);
    wb_delivery_carriers_clear(check);
    for (size_t i = 0; i < check->job_count; i++) {
        free(check->jobs[i].failure);
        free(check->jobs[i].ranges);
    }
    free(check->jobs);
    free(check->bad);
    free(check->volume_missing);
    wb_arena_free(check->arena);
}

static struct wb_volumes *open_volumes(const struct wb_delivery_input *input, struct wb_error *err)
{
    if (input->stream_fd >= 0)
        return wb_volumes_read_stream(input->stream_fd, input->progress, input->context, err);
    return wb_volumes_open(input->paths, input->path_count, input->bases, input->base_count, err);
}

/* Without an inventory nobody can tell what was left out. Where a delivery was to come, that is a
 * failure even when the policy does not ask: or taking the inventory away would be enough to take
 * an image away, too. */
static bool wants_inventory(const struct wb_delivery_check *check)
{
    const struct wb_delivery_input *input = check->input;
    bool wanted = wb_policy_wants_inventory(check->policy) || input->stream_fd >= 0 ||
                  input->path_count > 1 || input->base_count > 0;
    for (size_t i = 0; i < input->path_count && !wanted; i++)
        wanted = wb_text_ends_with(input->paths[i], ".waybill");
    return wanted;
}

static bool verify_inventory(struct wb_delivery_check *check, struct wb_error *err)
{
    wb_delivery_read_inventory(check);
    const struct wb_inventory *inventory = check->verdict->inventory;
    wb_delivery_check_ends(check);
    if (inventory == NULL)
        return true;
    wb_policy_check_inventory(check->policy, inventory, check->state, check->now, check->outcomes);
    wb_delivery_check_indexes(check);
    wb_delivery_check_entries(check);
    wb_delivery_check_missing(check);
    if (!wb_delivery_check_blobs(check, err))
        return false;
    wb_delivery_check_images(check);
    return wb_delivery_check_docker(check, err);
}

static bool verify_plain(struct wb_delivery_check *check, struct wb_error *err)
{
    wb_delivery_check_ends(check);
    if (check->verdict->layout == NULL)
        return true;
    if (wants_inventory(check)) {
        wb_outcome_add(check->outcomes, "E-INVENTORY-MISSING", NULL,
                       "index.json names no inventory, so nobody can tell what was left out");
        return true;
    }
    wb_outcome_add(check->outcomes, "W-NO-INVENTORY", NULL,
                   "what is here was checked; whether something was left out cannot be told");
    return wb_delivery_check_plain(check, err);
}

bool wb_verify_delivery(const struct wb_delivery_input *input, const struct wb_policy *policy,
                        const struct wb_policy_state *state, int64_t now,
                        struct wb_delivery_verdict *verdict, struct wb_error *err)
{
    struct wb_delivery_check check = {.input = input,
                                      .policy = policy,
                                      .state = state,
                                      .now = now,
                                      .verdict = verdict,
                                      .outcomes = verdict->outcomes,
                                      .arena = wb_arena_new()};
    verdict->volumes = open_volumes(input, err);
    bool good =
        verdict->volumes != NULL && wb_delivery_find_inventory(&check, err) &&
        (check.carrier_count > 0 ? verify_inventory(&check, err) : verify_plain(&check, err));
    clear_check(&check);
    if (!good)
        return false;
    size_t failures = verdict->outcomes->failures;
    return failures == 0 || wb_error_set(err, WB_CHECK_FAILED, "%zu %s not hold", failures,
                                         failures == 1 ? "thing does" : "things do");
}
