/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered between deliveries: an older one that comes again is told by it. */
#include "sign/envelope_json.h"
#include "verify/policy_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define STATE_SIZE_MAX ((size_t)4 << 20)
#define NAMES_MAX 10000

/* The last delivery of one name that held. */
struct remembered {
    const char *name; /* "" for deliveries without one */
    uint64_t sequence;
    int64_t issued;
    const char *inventory; /* `sha256:...` of its statement */
};

struct wb_policy_state {
    struct remembered *items;
    size_t count, capacity;
    struct wb_arena *arena;
};

struct wb_policy_state *wb_policy_state_new(void)
{
    struct wb_policy_state *state = wb_allocate(sizeof *state);
    state->arena = wb_arena_new();
    return state;
}

void wb_policy_state_free(struct wb_policy_state *state)
{
    if (state == NULL)
        return;
    free(state->items);
    wb_arena_free(state->arena);
    free(state);
}

static struct remembered *find(const struct wb_policy_state *state, const char *name)
{
    for (size_t i = 0; i < state->count; i++)
        if (strcmp(state->items[i].name, name) == 0)
            return &state->items[i];
    return NULL;
}

/* ---- reading and writing ---- */

static bool read_item(struct wb_policy_state *state, const json_t *json, const char *what,
                      struct remembered *item, struct wb_error *err)
{
    static const char *const members[] = {"name", "sequence", "issued", "inventory", NULL};
    int64_t sequence = -1;
    bool has_issued;
    struct wb_digest digest;
    const char *name = wb_json_string_of(json, "name");
    if (!wb_envelope_only_members(json, what, members, err) ||
        !wb_policy_integer(json, what, "sequence", 0, &sequence, err) ||
        !wb_policy_time(json, what, "issued", &has_issued, &item->issued, err) ||
        !wb_policy_text(json, what, "inventory", state->arena, &item->inventory, err))
        return false;
    if (name == NULL || sequence < 0 || !has_issued || item->inventory == NULL ||
        !wb_digest_parse(item->inventory, &digest, NULL) || find(state, name) != NULL)
        return wb_error_set(err, WB_BAD_INPUT, "%s: it is not what this program writes", what);
    item->name = wb_arena_copy(state->arena, name);
    item->sequence = (uint64_t)sequence;
    return true;
}

struct wb_policy_state *wb_policy_state_read(struct wb_bytes text, struct wb_error *err)
{
    static const char *const members[] = {"version", "deliveries", NULL};
    if (text.size > STATE_SIZE_MAX) {
        wb_error_set(err, WB_BAD_INPUT, "state: %zu bytes are too many", text.size);
        return NULL;
    }
    WB_AUTO_JSON json = wb_envelope_parse(text, "state", err);
    if (json == NULL || !wb_envelope_only_members(json, "state", members, err))
        return NULL;
    const json_t *list = wb_json_array_of(json, "deliveries");
    if (wb_json_integer_of(json, "version", 0) != 1 || list == NULL ||
        json_array_size(list) > NAMES_MAX) {
        wb_error_set(err, WB_BAD_INPUT, "state: it is not what this program writes");
        return NULL;
    }
    WB_AUTO(wb_policy_state) *state = wb_policy_state_new();
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct remembered item = {0};
        if (!read_item(state, json_array_get(list, i), "state", &item, err))
            return NULL;
        WB_APPEND(state->items, state->count, state->capacity, item);
    }
    return WB_STEAL(state);
}

static int compare_names(const void *left, const void *right)
{
    const struct remembered *a = left, *b = right;
    return strcmp(a->name, b->name);
}

void wb_policy_state_write(const struct wb_policy_state *state, struct wb_buffer *text)
{
    WB_AUTO(wb_output) *output = wb_output_open_buffer(text);
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    wb_json_key(json, "version");
    wb_json_integer(json, 1);
    wb_json_key(json, "deliveries");
    wb_json_begin_array(json);
    for (size_t i = 0; i < state->count; i++) {
        char time[WB_TIME_TEXT_SIZE];
        wb_json_begin_object(json);
        wb_json_key(json, "name");
        wb_json_string(json, state->items[i].name);
        wb_json_key(json, "sequence");
        wb_json_integer(json, (int64_t)state->items[i].sequence);
        wb_json_member(json, "issued", wb_time_format(state->items[i].issued, time));
        wb_json_member(json, "inventory", state->items[i].inventory);
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
    wb_json_end_object(json);
    wb_json_finish(json);
    /* Memory does not fail, and the names were read from JSON. */
    if (!wb_output_commit(output, NULL))
        wb_buffer_clear(text);
}

/* ---- using it ---- */

void wb_policy_state_note(struct wb_policy_state *state, const struct wb_inventory *inventory)
{
    const char *name = inventory->name == NULL ? "" : inventory->name;
    struct remembered *item = find(state, name);
    char digest[WB_DIGEST_TEXT_SIZE];
    if (item == NULL) {
        const struct remembered fresh = {.name = wb_arena_copy(state->arena, name)};
        WB_APPEND(state->items, state->count, state->capacity, fresh);
        item = &state->items[state->count - 1];
    }
    /* What is older can only be here by mistake: nothing is forgotten for it. */
    if (item->inventory == NULL || inventory->sequence > item->sequence ||
        (inventory->sequence == item->sequence && inventory->issued >= item->issued)) {
        item->sequence = inventory->sequence;
        item->inventory =
            wb_arena_copy(state->arena, wb_digest_format(&inventory->payload_digest, digest));
    }
    if (inventory->issued > item->issued)
        item->issued = inventory->issued;
    qsort(state->items, state->count, sizeof *state->items, compare_names);
}

static void check_clock(const struct wb_policy_state *state, int64_t now,
                        struct wb_outcomes *outcomes)
{
    char newest[WB_TIME_TEXT_SIZE], here[WB_TIME_TEXT_SIZE];
    int64_t issued = 0;
    for (size_t i = 0; i < state->count; i++)
        if (state->items[i].issued > issued)
            issued = state->items[i].issued;
    if (now < issued)
        wb_outcome_add(outcomes, "W-CLOCK-BEFORE-ISSUE", "state",
                       "a delivery issued at %s was accepted here, and the clock now says %s",
                       wb_time_format(issued, newest), wb_time_format(now, here));
}

void wb_policy_state_check(const struct wb_policy_state *state,
                           const struct wb_inventory *inventory, int64_t now,
                           struct wb_outcomes *outcomes)
{
    const struct remembered *item = find(state, inventory->name == NULL ? "" : inventory->name);
    char digest[WB_DIGEST_TEXT_SIZE], issued[WB_TIME_TEXT_SIZE], newest[WB_TIME_TEXT_SIZE];
    check_clock(state, now, outcomes);
    /* The same one may be verified again and again. */
    if (item == NULL ||
        strcmp(item->inventory, wb_digest_format(&inventory->payload_digest, digest)) == 0)
        return;
    if (inventory->sequence < item->sequence)
        wb_outcome_add(outcomes, "E-REPLAY", "inventory",
                       "it is number %" PRIu64 ", and number %" PRIu64 " was accepted before",
                       inventory->sequence, item->sequence);
    else if (inventory->sequence == item->sequence && item->sequence > 0)
        wb_outcome_add(outcomes, "E-REPLAY", "inventory",
                       "another delivery of number %" PRIu64 " was accepted before",
                       inventory->sequence);
    else if (inventory->issued < item->issued)
        wb_outcome_add(outcomes, "E-REPLAY", "inventory",
                       "it was issued at %s, and one issued at %s was accepted before",
                       wb_time_format(inventory->issued, issued),
                       wb_time_format(item->issued, newest));
}
