/* SPDX-License-Identifier: Apache-2.0 */
/* rpm's rich dependencies, `(a or (b if c else d))`, held against what is installed. */
#include "sbom/dependency_private.h"

struct condition {
    struct wb_dependency_pool *pool;
    size_t index;
    struct wb_package_list *served;
};

static bool holds(const struct condition *condition, Id id);

static bool holds_one(const struct condition *condition, Id id)
{
    struct wb_package *to;
    if (!wb_dependency_choose(condition->pool, condition->index, id, NULL, &to))
        return false;
    if (to != NULL)
        WB_APPEND(condition->served->packages, condition->served->count,
                  condition->served->capacity, to);
    return true;
}

/* What an `if` asks for is no dependency. */
static bool holds_unnoticed(const struct condition *condition, Id id)
{
    WB_AUTO_VALUE(wb_package_list) ignored = {0};
    struct condition asked = *condition;
    asked.served = &ignored;
    return holds(&asked, id);
}

/* `a if b else c` and `a unless b else c`: which of a and c must hold, b decides. libsolv's form is
 * COND(a, ELSE(b, c)). */
static bool holds_by_case(const struct condition *condition, const Reldep *relation)
{
    const struct wb_dependency_pool *pool = condition->pool;
    Id asked = relation->evr, otherwise = 0;
    if (wb_dependency_is_relation(asked) &&
        wb_dependency_relation(pool, asked)->flags == REL_ELSE) {
        otherwise = wb_dependency_relation(pool, asked)->evr;
        asked = wb_dependency_relation(pool, asked)->name;
    }
    bool is_if = relation->flags == REL_COND;
    if (holds_unnoticed(condition, asked) == is_if)
        return holds(condition, relation->name);
    /* Alone, `a if b` says nothing without b, and `a unless b` cannot hold beside b. */
    return otherwise == 0 ? is_if : holds(condition, otherwise);
}

/* What a part that fails in the end has added is taken back. */
static bool holds_all(const struct condition *condition, Id left, Id right)
{
    size_t before = condition->served->count;
    if (holds(condition, left) && holds(condition, right))
        return true;
    condition->served->count = before;
    return false;
}

static bool holds(const struct condition *condition, Id id)
{
    if (!wb_dependency_work(condition->pool, 1))
        return false;
    if (!wb_dependency_is_relation(id))
        return holds_one(condition, id);
    const Reldep *relation = wb_dependency_relation(condition->pool, id);
    /* The table of relations may move. */
    Reldep parts = *relation;
    switch (parts.flags) {
    case REL_AND:
        return holds_all(condition, parts.name, parts.evr);
    case REL_OR:
        return holds(condition, parts.name) || holds(condition, parts.evr);
    case REL_COND:
    case REL_UNLESS:
        return holds_by_case(condition, &parts);
    default:
        return holds_one(condition, id);
    }
}

bool wb_dependency_holds(struct wb_dependency_pool *pool, size_t index, Id id,
                         struct wb_package_list *served)
{
    const struct condition condition = {.pool = pool, .index = index, .served = served};
    return holds(&condition, id);
}
