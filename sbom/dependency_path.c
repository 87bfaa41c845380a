/* SPDX-License-Identifier: Apache-2.0 */
/* Which chains of dependencies bring a package in. */
#include "sbom/bom.h"

#include <stdlib.h>

/* Packages by their place in the document. The edges are sorted by the package they go out from. */
struct graph {
    const struct wb_bom *bom;
    bool only_firm;
    struct wb_arena *arena;
    size_t *first_out; /* for each package its first edge; one more at the end */
    size_t *first_in;  /* the same for `incoming` */
    const struct wb_dependency *
        *incoming; /* sorted by the package they lead to, then as they are */
    size_t *queue;
    bool *seen;
};

static size_t *make_numbers(struct wb_arena *arena, size_t count)
{
    return wb_arena_allocate(arena, (count + 1) * sizeof(size_t));
}

static bool counts(const struct graph *graph, const struct wb_dependency *edge)
{
    return !graph->only_firm || !wb_dependency_is_weak(edge);
}

/* From how many there are of each to where each begins. */
static void add_up(size_t *numbers, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i <= count; i++) {
        size_t own = numbers[i];
        numbers[i] = sum;
        sum += own;
    }
}

static void make_graph(struct graph *graph)
{
    const struct wb_bom *bom = graph->bom;
    graph->first_out = make_numbers(graph->arena, bom->package_count);
    graph->first_in = make_numbers(graph->arena, bom->package_count);
    graph->queue = make_numbers(graph->arena, bom->package_count);
    graph->seen = wb_arena_allocate(graph->arena, bom->package_count + 1);
    graph->incoming = wb_arena_allocate(graph->arena, (bom->dependency_count + 1) *
                                                          sizeof(struct wb_dependency *));
    for (size_t i = 0; i < bom->dependency_count; i++) {
        graph->first_out[bom->dependencies[i].from->index]++;
        graph->first_in[bom->dependencies[i].to->index]++;
    }
    add_up(graph->first_out, bom->package_count);
    add_up(graph->first_in, bom->package_count);
    size_t *next = make_numbers(graph->arena, bom->package_count);
    for (size_t i = 0; i < bom->dependency_count; i++) {
        size_t to = bom->dependencies[i].to->index;
        graph->incoming[graph->first_in[to] + next[to]++] = &bom->dependencies[i];
    }
}

/* ---- roots ---- */

/* Marks all that a package needs, itself included. */
static void mark_needed(struct graph *graph, size_t start)
{
    size_t head = 0, tail = 0;
    graph->seen[start] = true;
    graph->queue[tail++] = start;
    while (head < tail) {
        size_t at = graph->queue[head++];
        for (size_t i = graph->first_out[at]; i < graph->first_out[at + 1]; i++) {
            const struct wb_dependency *edge = &graph->bom->dependencies[i];
            if (!counts(graph, edge) || graph->seen[edge->to->index])
                continue;
            graph->seen[edge->to->index] = true;
            graph->queue[tail++] = edge->to->index;
        }
    }
}

static bool is_needed(const struct graph *graph, size_t package)
{
    for (size_t i = graph->first_in[package]; i < graph->first_in[package + 1]; i++)
        if (counts(graph, graph->incoming[i]))
            return true;
    return false;
}

/* Beside packages that nothing needs, only circles can be left that nothing else needs. Going
 * through the rest in order, each that is not needed by an earlier one starts; of those, each that
 * is not needed by a later one is a root: what needed it would have been a start of its own. */
static bool *find_roots(struct graph *graph)
{
    size_t count = graph->bom->package_count, start_count = 0;
    bool *roots = wb_arena_allocate(graph->arena, count + 1);
    size_t *starts = make_numbers(graph->arena, count);
    for (size_t i = 0; i < count; i++)
        if (!is_needed(graph, i)) {
            roots[i] = true;
            mark_needed(graph, i);
        }
    bool *needed = graph->seen;
    graph->seen = wb_arena_allocate(graph->arena, count + 1);
    for (size_t i = 0; i < count; i++)
        if (!needed[i] && !graph->seen[i]) {
            starts[start_count++] = i;
            mark_needed(graph, i);
        }
    graph->seen = wb_arena_allocate(graph->arena, count + 1);
    for (size_t i = start_count; i-- > 0;)
        if (!graph->seen[starts[i]]) {
            roots[starts[i]] = true;
            mark_needed(graph, starts[i]);
        }
    return roots;
}

static bool *given_roots(struct graph *graph, const struct wb_dependency_path_options *options)
{
    bool *roots = wb_arena_allocate(graph->arena, graph->bom->package_count + 1);
    for (size_t i = 0; i < options->root_count; i++)
        roots[options->roots[i]->index] = true;
    return roots;
}

/* ---- chains ---- */

/* From the package backwards: `steps` gets for each package the edge by which its shortest chain
 * goes on, `distances` how long it is, and graph->queue the packages as they are found, near ones
 * first. Their number. */
static size_t search_back(const struct graph *graph, size_t target,
                          const struct wb_dependency **steps, size_t *distances)
{
    size_t head = 0, tail = 0;
    bool *found = wb_arena_allocate(graph->arena, graph->bom->package_count + 1);
    found[target] = true;
    graph->queue[tail++] = target;
    while (head < tail) {
        size_t at = graph->queue[head++];
        for (size_t i = graph->first_in[at]; i < graph->first_in[at + 1]; i++) {
            const struct wb_dependency *edge = graph->incoming[i];
            size_t from = edge->from->index;
            if (found[from] || !counts(graph, edge))
                continue;
            found[from] = true;
            steps[from] = edge;
            distances[from] = distances[at] + 1;
            graph->queue[tail++] = from;
        }
    }
    return tail;
}

struct reached_root {
    size_t distance;
    size_t package;
};

static int compare_roots(const void *left, const void *right)
{
    const struct reached_root *a = left;
    const struct reached_root *b = right;
    if (a->distance != b->distance)
        return a->distance < b->distance ? -1 : 1;
    return (a->package > b->package) - (a->package < b->package);
}

static void add_chain(struct wb_dependency_chains *chains, const struct wb_bom *bom,
                      const struct reached_root *root, const struct wb_dependency *const *steps)
{
    struct wb_dependency_chain chain = {.root = bom->packages[root->package],
                                        .count = root->distance};
    chain.steps =
        wb_arena_allocate(chains->arena, (chain.count + 1) * sizeof(struct wb_dependency *));
    const struct wb_dependency *step = steps[root->package];
    for (size_t i = 0; i < chain.count; i++, step = steps[step->to->index])
        chain.steps[i] = step;
    WB_APPEND(chains->chains, chains->count, chains->capacity, chain);
}

void wb_dependency_path(const struct wb_bom *bom, const struct wb_package *package,
                        const struct wb_dependency_path_options *options,
                        struct wb_dependency_chains *chains)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct graph graph = {.bom = bom, .only_firm = options->only_firm, .arena = arena};
    *chains = (struct wb_dependency_chains){.arena = wb_arena_new()};
    make_graph(&graph);
    const bool *is_root =
        options->roots == NULL ? find_roots(&graph) : given_roots(&graph, options);
    const struct wb_dependency **steps =
        wb_arena_allocate(arena, (bom->package_count + 1) * sizeof(struct wb_dependency *));
    size_t *distances = make_numbers(arena, bom->package_count);
    size_t count = search_back(&graph, package->index, steps, distances);
    struct reached_root *roots = wb_arena_allocate(arena, count * sizeof *roots);
    size_t root_count = 0;
    for (size_t i = 0; i < count; i++)
        if (is_root[graph.queue[i]])
            roots[root_count++] = (struct reached_root){distances[graph.queue[i]], graph.queue[i]};
    qsort(roots, root_count, sizeof *roots, compare_roots);
    for (size_t i = 0; i < root_count; i++)
        if (options->chain_max == 0 || i < options->chain_max)
            add_chain(chains, bom, &roots[i], steps);
    chains->left_out = root_count - chains->count;
}

void wb_dependency_chains_clear(struct wb_dependency_chains *chains)
{
    free(chains->chains);
    wb_arena_free(chains->arena);
    *chains = (struct wb_dependency_chains){0};
}
