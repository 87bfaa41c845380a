/* SPDX-License-Identifier: Apache-2.0 */
/* The automaton of Aho and Corasick as one flat table. Bytes that stand in no keyword share a
 * column; states that end a keyword come last, so that one comparison tells them. */
#include "audit/keyword_automaton.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX
#define LANES 4
#define LANE_SIZE 512

struct ending {
    size_t keyword;
    uint32_t next; /* of the shorter keywords that end here as well */
};

struct trie_state {
    uint32_t first_child;
    uint32_t sibling;
    uint32_t fail;
    uint32_t ending; /* index in endings */
    uint32_t number; /* its row of the table */
    uint8_t byte;
};

struct wb_keyword_automaton {
    struct trie_state *states; /* until finished */
    size_t state_count, state_capacity;
    struct ending *endings;
    size_t ending_count, ending_capacity;
    size_t longest;

    uint8_t column[256];
    uint32_t column_count;
    uint32_t *table;          /* of offsets of rows in it */
    uint32_t first_accepting; /* offset; it and all behind end keywords */
    uint32_t *accepting;      /* their first endings */
};

static uint8_t fold(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 'a' - 'A') : byte;
}

static uint32_t add_state(struct wb_keyword_automaton *automaton, uint8_t byte)
{
    struct trie_state state = {.first_child = NONE, .sibling = NONE, .ending = NONE, .byte = byte};
    WB_APPEND(automaton->states, automaton->state_count, automaton->state_capacity, state);
    return (uint32_t)(automaton->state_count - 1);
}

struct wb_keyword_automaton *wb_keyword_automaton_new(void)
{
    struct wb_keyword_automaton *automaton = wb_allocate(sizeof *automaton);
    add_state(automaton, 0);
    return automaton;
}

void wb_keyword_automaton_free(struct wb_keyword_automaton *automaton)
{
    if (automaton == NULL)
        return;
    free(automaton->states);
    free(automaton->endings);
    free(automaton->table);
    free(automaton->accepting);
    free(automaton);
}

static uint32_t child_of(const struct wb_keyword_automaton *automaton, uint32_t state, uint8_t byte)
{
    uint32_t child = automaton->states[state].first_child;
    while (child != NONE && automaton->states[child].byte != byte)
        child = automaton->states[child].sibling;
    return child;
}

size_t wb_keyword_automaton_add(struct wb_keyword_automaton *automaton, const char *keyword)
{
    size_t length = strlen(keyword);
    if (length == 0 || length > WB_KEYWORD_STATES_MAX - automaton->state_count)
        return SIZE_MAX;
    uint32_t state = 0;
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = fold((uint8_t)keyword[i]);
        uint32_t child = child_of(automaton, state, byte);
        if (child == NONE) {
            child = add_state(automaton, byte);
            automaton->states[child].sibling = automaton->states[state].first_child;
            automaton->states[state].first_child = child;
        }
        state = child;
    }
    if (length > automaton->longest)
        automaton->longest = length;
    if (automaton->states[state].ending == NONE) {
        automaton->states[state].ending = (uint32_t)automaton->ending_count;
        struct ending ending = {automaton->ending_count, NONE};
        WB_APPEND(automaton->endings, automaton->ending_count, automaton->ending_capacity, ending);
    }
    return automaton->states[state].ending;
}

/* Breadth first: where a state's text goes on when no keyword goes on with it. */
static uint32_t *link_states(struct wb_keyword_automaton *automaton)
{
    uint32_t *order = wb_allocate_array(automaton->state_count, sizeof *order);
    size_t count = 1;
    for (size_t i = 0; i < count; i++) {
        struct trie_state *state = &automaton->states[order[i]];
        for (uint32_t child = state->first_child; child != NONE;
             child = automaton->states[child].sibling) {
            struct trie_state *reached = &automaton->states[child];
            uint32_t fail = state->fail, next = NONE;
            while (order[i] != 0 && (next = child_of(automaton, fail, reached->byte)) == NONE &&
                   fail != 0)
                fail = automaton->states[fail].fail;
            reached->fail = next == NONE ? 0 : next;
            uint32_t shorter = automaton->states[reached->fail].ending;
            if (reached->ending == NONE)
                reached->ending = shorter;
            else
                automaton->endings[reached->ending].next = shorter;
            order[count++] = child;
        }
    }
    return order;
}

static void number_states(struct wb_keyword_automaton *automaton, const uint32_t *order)
{
    uint32_t number = 0;
    for (size_t i = 0; i < automaton->state_count; i++)
        if (automaton->states[order[i]].ending == NONE)
            automaton->states[order[i]].number = number++;
    automaton->first_accepting = number * automaton->column_count;
    automaton->accepting =
        wb_allocate_array(automaton->state_count - number + 1, sizeof *automaton->accepting);
    for (size_t i = 0, accepting = 0; i < automaton->state_count; i++) {
        struct trie_state *state = &automaton->states[order[i]];
        if (state->ending == NONE)
            continue;
        automaton->accepting[accepting++] = state->ending;
        state->number = number++;
    }
}

static void find_columns(struct wb_keyword_automaton *automaton)
{
    automaton->column_count = 1;
    for (size_t i = 1; i < automaton->state_count; i++) {
        uint8_t byte = automaton->states[i].byte;
        if (automaton->column[byte] == 0)
            automaton->column[byte] = (uint8_t)automaton->column_count++;
    }
    for (unsigned byte = 'A'; byte <= 'Z'; byte++)
        automaton->column[byte] = automaton->column[byte + 'a' - 'A'];
}

void wb_keyword_automaton_finish(struct wb_keyword_automaton *automaton)
{
    find_columns(automaton);
    uint32_t *order = link_states(automaton);
    number_states(automaton, order);
    uint32_t columns = automaton->column_count;
    automaton->table =
        wb_allocate_array(automaton->state_count * columns, sizeof *automaton->table);
    for (size_t i = 0; i < automaton->state_count; i++) {
        const struct trie_state *state = &automaton->states[order[i]];
        uint32_t *row = &automaton->table[state->number * columns];
        if (order[i] != 0)
            memcpy(row, &automaton->table[automaton->states[state->fail].number * columns],
                   columns * sizeof *row);
        for (uint32_t child = state->first_child; child != NONE;
             child = automaton->states[child].sibling)
            row[automaton->column[automaton->states[child].byte]] =
                automaton->states[child].number * columns;
    }
    free(order);
    free(automaton->states);
    automaton->states = NULL;
}

size_t wb_keyword_automaton_longest(const struct wb_keyword_automaton *automaton)
{
    return automaton->longest;
}

static uint32_t scan_exactly(const struct wb_keyword_automaton *automaton, uint32_t state,
                             const uint8_t *data, size_t begin, size_t end, wb_keyword_hit *hit,
                             void *context)
{
    for (size_t i = begin; i < end; i++) {
        state = automaton->table[state + automaton->column[data[i]]];
        if (state < automaton->first_accepting)
            continue;
        uint32_t row = (state - automaton->first_accepting) / automaton->column_count;
        for (uint32_t ending = automaton->accepting[row]; ending != NONE;
             ending = automaton->endings[ending].next)
            hit(context, automaton->endings[ending].keyword, i + 1);
    }
    return state;
}

/* Whether a keyword ends in a block, by several lanes at once, because each step waits for the one
 * before it. A lane first reads as many bytes of its neighbour as the longest keyword has: then its
 * state is what it would be after all bytes. */
static bool block_has_hit(const struct wb_keyword_automaton *automaton, uint32_t *state,
                          const uint8_t *data)
{
    const uint32_t *table = automaton->table;
    const uint8_t *column = automaton->column;
    const uint32_t limit = automaton->first_accepting;
    uint32_t lane[LANES] = {*state, 0, 0, 0};
    for (size_t i = LANE_SIZE - automaton->longest; i < LANE_SIZE; i++)
        for (size_t j = 1; j < LANES; j++)
            lane[j] = table[lane[j] + column[data[(j - 1) * LANE_SIZE + i]]];
    bool any = false;
    for (size_t i = 0; i < LANE_SIZE; i++) {
        lane[0] = table[lane[0] + column[data[i]]];
        lane[1] = table[lane[1] + column[data[LANE_SIZE + i]]];
        lane[2] = table[lane[2] + column[data[2 * LANE_SIZE + i]]];
        lane[3] = table[lane[3] + column[data[3 * LANE_SIZE + i]]];
        any |= (lane[0] >= limit) | (lane[1] >= limit) | (lane[2] >= limit) | (lane[3] >= limit);
    }
    if (!any)
        *state = lane[3];
    return any;
}

void wb_keyword_automaton_scan(const struct wb_keyword_automaton *automaton, uint32_t *state,
                               const uint8_t *data, size_t size, wb_keyword_hit *hit, void *context)
{
    const size_t block = LANES * LANE_SIZE;
    size_t done = 0;
    if (automaton->longest <= LANE_SIZE)
        for (; size - done >= block; done += block)
            if (block_has_hit(automaton, state, data + done))
                *state = scan_exactly(automaton, *state, data, done, done + block, hit, context);
    *state = scan_exactly(automaton, *state, data, done, size, hit, context);
}

static void note_hit(void *context, size_t keyword, size_t end)
{
    (void)keyword, (void)end;
    *(bool *)context = true;
}

bool wb_keyword_automaton_any(const struct wb_keyword_automaton *automaton, const uint8_t *data,
                              size_t size)
{
    bool any = false;
    uint32_t state = 0;
    wb_keyword_automaton_scan(automaton, &state, data, size, note_hit, &any);
    return any;
}
