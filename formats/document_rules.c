/* SPDX-License-Identifier: Apache-2.0 */
/* Holds a tree of JSON against rules: members, types, allowed values.
 *
 * A rule is a list of parts that must all hold; a part may name further rules. All rules of all
 * versions stand in one table of numbers, made by scripts/update-document-rules. */
#include "formats/verdict.h"

#include <stdlib.h>
#include <string.h>

enum rule_operation {
    WB_RULE_TYPE,       /* first: bits of enum rule_type */
    WB_RULE_VALUES,     /* first, second: place and count in lists of texts */
    WB_RULE_CHECK,      /* first: enum wb_text_rule */
    WB_RULE_LENGTH_MIN, /* first: characters */
    WB_RULE_LENGTH_MAX,
    WB_RULE_MINIMUM, /* first */
    WB_RULE_MAXIMUM,
    WB_RULE_ITEMS_MIN,
    WB_RULE_ITEMS_MAX,
    WB_RULE_UNIQUE,
    WB_RULE_ITEMS,    /* first: the rule of each item */
    WB_RULE_CLASSES,  /* first, second: pairs of `type` and rule, sorted; "": what is a text */
    WB_RULE_CLOSED,   /* no members but those of MEMBERS, which follows */
    WB_RULE_MEMBERS,  /* first, second: pairs of text and rule, sorted by text */
    WB_RULE_REQUIRED, /* first, second: texts */
    WB_RULE_NOT,      /* first: a rule that may not hold */
    WB_RULE_IF,       /* where the first holds, the second must */
    WB_RULE_ALL_OF,   /* first, second: rules */
    WB_RULE_ANY_OF,
    WB_RULE_ONE_OF,
};

enum rule_type {
    TYPE_OBJECT = 1,
    TYPE_ARRAY = 2,
    TYPE_STRING = 4,
    TYPE_INTEGER = 8,
    TYPE_NUMBER = 16,
    TYPE_BOOLEAN = 32,
};

struct rule_part {
    enum rule_operation operation : 16;
    uint16_t first, second;
};

struct rule_root {
    const char *specification;
    const char *version;
    uint16_t rule;
};

#include "formats/document_rules_data.inc"

/* Documents of 200,000 components take a tenth of this. */
#define STEP_MAX 200000000
#define VALUES_SHOWN 12

struct judge {
    enum wb_tree_kind kind;
    size_t steps;
};

static bool holds(struct judge *judge, unsigned rule, const json_t *value,
                  const struct wb_place *place, struct wb_document_verdict *verdict);

/* ---- types and texts ---- */

static bool is_number_text(const char *text, bool whole)
{
    text += *text == '-';
    size_t digits = strspn(text, "0123456789");
    if (digits > 0 && !whole && text[digits] == '.')
        digits += 1 + strspn(text + digits + 1, "0123456789");
    return digits > 0 && text[digits] == '\0';
}

static unsigned types_of_text(const char *text)
{
    unsigned types = TYPE_STRING;
    if (is_number_text(text, true))
        types |= TYPE_INTEGER;
    if (is_number_text(text, false))
        types |= TYPE_NUMBER;
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        types |= TYPE_BOOLEAN;
    return types;
}

static unsigned types_of(const struct judge *judge, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return TYPE_OBJECT;
    case JSON_ARRAY:
        return TYPE_ARRAY;
    case JSON_STRING:
        return judge->kind == WB_TREE_OF_TEXTS ? types_of_text(json_string_value(value))
                                               : TYPE_STRING;
    case JSON_INTEGER:
        return TYPE_INTEGER | TYPE_NUMBER;
    case JSON_REAL: {
        double number = json_real_value(value);
        bool whole = number > -9e15 && number < 9e15 && number == (double)(int64_t)number;
        return whole ? TYPE_INTEGER | TYPE_NUMBER : TYPE_NUMBER;
    }
    case JSON_TRUE:
    case JSON_FALSE:
        return TYPE_BOOLEAN;
    case JSON_NULL:
        break;
    }
    return 0;
}

static const char *type_name(unsigned types)
{
    static const struct {
        unsigned type;
        const char *name;
    } names[] = {
        {TYPE_OBJECT, "an object"},   {TYPE_ARRAY, "a list"},    {TYPE_STRING, "a text"},
        {TYPE_INTEGER, "an integer"}, {TYPE_NUMBER, "a number"}, {TYPE_BOOLEAN, "true or false"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((types & names[i].type) != 0)
            return names[i].name;
    return "null";
}

static size_t character_count(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static const char *text_of(const json_t *value)
{
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    return json_string_value(value);
}

static bool is_value(const struct rule_part *part, const char *text)
{
    for (size_t i = 0; i < part->second; i++)
        if (strcmp(texts[lists[part->first + i]], text) == 0)
            return true;
    return false;
}

static void add_values_fault(const struct rule_part *part, const char *text,
                             const struct wb_place *place, struct wb_document_verdict *verdict)
{
    WB_AUTO_VALUE(wb_buffer) allowed = {0};
    for (size_t i = 0; i < part->second && i < VALUES_SHOWN; i++)
        wb_buffer_append_format(&allowed, "%s%s", i == 0 ? "" : ", ",
                                texts[lists[part->first + i]]);
    if (part->second > VALUES_SHOWN)
        wb_buffer_append_format(&allowed, " and %d others", part->second - VALUES_SHOWN);
    wb_verdict_add(verdict, place, "`%s` is not one of: %s", text, (const char *)allowed.data);
}

static bool text_holds(const struct rule_part *part, const char *text, const struct wb_place *place,
                       struct wb_document_verdict *verdict)
{
    switch (part->operation) {
    case WB_RULE_VALUES:
        if (!is_value(part, text)) {
            add_values_fault(part, text, place, verdict);
            return false;
        }
        return true;
    case WB_RULE_CHECK:
        if (!wb_text_rule_holds((enum wb_text_rule)part->first, text)) {
            wb_verdict_add(verdict, place, "`%s` is not %s", text,
                           wb_text_rule_name((enum wb_text_rule)part->first));
            return false;
        }
        return true;
    case WB_RULE_LENGTH_MIN:
        if (character_count(text) < part->first) {
            wb_verdict_add(verdict, place, "may not be empty");
            return false;
        }
        return true;
    default:
        if (character_count(text) > part->first) {
            wb_verdict_add(verdict, place, "has more than %u characters", part->first);
            return false;
        }
        return true;
    }
}

/* ---- lists ---- */

static bool list_holds(struct judge *judge, const struct rule_part *part, const json_t *list,
                       const struct wb_place *place, struct wb_document_verdict *verdict)
{
    size_t count = json_array_size(list);
    bool good = true;
    if (part->operation == WB_RULE_ITEMS) {
        for (size_t i = 0; i < count; i++) {
            struct wb_place item = {.above = place, .index = i};
            good &= holds(judge, part->first, json_array_get(list, i), &item, verdict);
        }
        return good;
    }
    const char *problem = NULL;
    if (part->operation == WB_RULE_ITEMS_MIN && count < part->first)
        problem = "has too few items";
    if (part->operation == WB_RULE_ITEMS_MAX && count > part->first)
        problem = "has too many items";
    if (part->operation == WB_RULE_UNIQUE && !wb_tree_items_unique(list, judge->kind))
        problem = "has the same item twice";
    if (problem != NULL)
        wb_verdict_add(verdict, place, "%s", problem);
    return problem == NULL;
}

/* ---- objects ---- */

/* The rule of a member or class; -1: none. */
static int rule_of_text(const struct rule_part *members, const char *key)
{
    size_t low = 0, high = members->second;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const uint16_t *pair = &lists[members->first + 2 * middle];
        int order = strcmp(texts[pair[0]], key);
        if (order == 0)
            return pair[1];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

static bool members_hold(struct judge *judge, const struct rule_part *part, bool closed,
                         const json_t *object, const struct wb_place *place,
                         struct wb_document_verdict *verdict)
{
    const char *key;
    json_t *value;
    bool good = true;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        struct wb_place member = {.above = place, .key = key};
        int rule = rule_of_text(part, key);
        bool is_aside = *key == ' ' || strcmp(key, WB_TREE_EXTENSION) == 0;
        if (judge->kind == WB_TREE_OF_TEXTS && is_aside)
            continue;
        if (rule >= 0) {
            good &= holds(judge, (unsigned)rule, value, &member, verdict);
        } else if (closed) {
            wb_verdict_add(verdict, &member, "is no member that stands here in this version");
            good = false;
        }
    }
    return good;
}

/* An object is held to the rule of the class that its `type` names. */
static bool class_holds(struct judge *judge, const struct rule_part *part, const json_t *value,
                        const struct wb_place *place, struct wb_document_verdict *verdict)
{
    struct wb_place member = {.above = place, .key = "type"};
    const char *class = json_is_object(value) ? wb_json_string_of(value, "type") : "";
    int rule = class == NULL ? -1 : rule_of_text(part, class);
    if (class == NULL)
        wb_verdict_add(verdict, place, "`type` is missing, or no text");
    else if (rule < 0 || (*class == '\0' && json_is_object(value)))
        wb_verdict_add(verdict, &member, "`%s` is no class that stands here", class);
    else
        return holds(judge, (unsigned)rule, value, place, verdict);
    return false;
}

static bool required_are_there(const struct rule_part *part, const json_t *object,
                               const struct wb_place *place, struct wb_document_verdict *verdict)
{
    bool good = true;
    for (size_t i = 0; i < part->second; i++) {
        const char *name = texts[lists[part->first + i]];
        if (json_object_get(object, name) != NULL)
            continue;
        wb_verdict_add(verdict, place, "`%s` is missing", name);
        good = false;
    }
    return good;
}

/* ---- rules of rules ---- */

/* Whether `one` says more of what is wrong: it got further into the value, or has fewer faults. */
static bool says_more(const struct wb_document_verdict *one,
                      const struct wb_document_verdict *other)
{
    if (other->count == 0)
        return true;
    if (one->faults[0].depth != other->faults[0].depth)
        return one->faults[0].depth > other->faults[0].depth;
    return one->count + one->left_out < other->count + other->left_out;
}

static void move_faults(struct wb_document_verdict *from, struct wb_document_verdict *to)
{
    for (size_t i = 0; i < from->count; i++)
        WB_APPEND(to->faults, to->count, to->capacity, from->faults[i]);
    to->left_out += from->left_out;
    free(from->faults);
    *from = (struct wb_document_verdict){0};
}

/* Where none of the forms holds, what is wrong with the one that comes nearest. */
static bool any_holds(struct judge *judge, const struct rule_part *part, const json_t *value,
                      const struct wb_place *place, struct wb_document_verdict *verdict)
{
    WB_AUTO_VALUE(wb_document_verdict) nearest = {0};
    size_t count = 0;
    for (size_t i = 0; i < part->second; i++) {
        WB_AUTO_VALUE(wb_document_verdict) own = {0};
        if (holds(judge, lists[part->first + i], value, place, &own)) {
            count++;
            if (part->operation == WB_RULE_ANY_OF)
                return true;
        } else if (own.count > 0 && says_more(&own, &nearest)) {
            wb_document_verdict_clear(&nearest);
            move_faults(&own, &nearest);
        }
    }
    if (count == 0)
        move_faults(&nearest, verdict);
    else if (count > 1)
        wb_verdict_add(verdict, place, "mixes forms that exclude each other");
    return count == 1;
}

static bool rules_hold(struct judge *judge, const struct rule_part *part, const json_t *value,
                       const struct wb_place *place, struct wb_document_verdict *verdict)
{
    WB_AUTO_VALUE(wb_document_verdict) aside = {0};
    bool good = true;
    switch (part->operation) {
    case WB_RULE_NOT:
        if (!holds(judge, part->first, value, place, &aside))
            return true;
        wb_verdict_add(verdict, place, "has members that exclude each other");
        return false;
    case WB_RULE_IF:
        return !holds(judge, part->first, value, place, &aside) ||
               holds(judge, part->second, value, place, verdict);
    case WB_RULE_ALL_OF:
        for (size_t i = 0; i < part->second; i++)
            good &= holds(judge, lists[part->first + i], value, place, verdict);
        return good;
    default:
        return any_holds(judge, part, value, place, verdict);
    }
}

/* A part that speaks of another type than the value's holds. */
static bool part_holds(struct judge *judge, const struct rule_part *part, const json_t *value,
                       const struct wb_place *place, struct wb_document_verdict *verdict)
{
    if (part->operation == WB_RULE_TYPE) {
        unsigned types = types_of(judge, value);
        if ((part->first & types) != 0)
            return true;
        wb_verdict_add(verdict, place, "is %s, but must be %s", type_name(types),
                       type_name(part->first));
        return false;
    }
    if (part->operation <= WB_RULE_LENGTH_MAX) {
        const char *text = text_of(value);
        if (text == NULL || (part->operation != WB_RULE_VALUES && !json_is_string(value)))
            return part->operation != WB_RULE_VALUES;
        return text_holds(part, text, place, verdict);
    }
    if (part->operation <= WB_RULE_MAXIMUM) {
        double number = json_number_value(value);
        bool good = !json_is_number(value) ||
                    (part->operation == WB_RULE_MINIMUM ? number >= (double)part->first
                                                        : number <= (double)part->first);
        if (!good)
            wb_verdict_add(verdict, place, "may not be %s than %u",
                           part->operation == WB_RULE_MINIMUM ? "less" : "more", part->first);
        return good;
    }
    if (part->operation <= WB_RULE_ITEMS)
        return !json_is_array(value) || list_holds(judge, part, value, place, verdict);
    if (part->operation == WB_RULE_CLASSES)
        return class_holds(judge, part, value, place, verdict);
    if (part->operation == WB_RULE_REQUIRED)
        return !json_is_object(value) || required_are_there(part, value, place, verdict);
    return rules_hold(judge, part, value, place, verdict);
}

static bool holds(struct judge *judge, unsigned rule, const json_t *value,
                  const struct wb_place *place, struct wb_document_verdict *verdict)
{
    bool good = true, closed = false;
    if (judge->kind == WB_TREE_OF_TEXTS && json_is_true(value))
        return true;
    for (size_t i = starts[rule]; i < starts[rule + 1]; i++) {
        if (++judge->steps > STEP_MAX)
            return false;
        const struct rule_part *part = &parts[i];
        if (part->operation == WB_RULE_CLOSED)
            closed = true;
        else if (part->operation == WB_RULE_MEMBERS)
            good &=
                !json_is_object(value) || members_hold(judge, part, closed, value, place, verdict);
        else
            good &= part_holds(judge, part, value, place, verdict);
        /* Of another type, the rest would only say so again. */
        if (!good && part->operation == WB_RULE_TYPE)
            return false;
    }
    return good;
}

bool wb_document_rules_apply(const char *specification, const char *version, enum wb_tree_kind kind,
                             const json_t *tree, struct wb_document_verdict *verdict,
                             struct wb_error *err)
{
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        if (strcmp(roots[i].specification, specification) != 0 ||
            strcmp(roots[i].version, version) != 0)
            continue;
        struct judge judge = {.kind = kind};
        struct wb_place whole = {0};
        holds(&judge, roots[i].rule, tree, &whole, verdict);
        return judge.steps <= STEP_MAX ||
               wb_error_set(err, WB_BAD_INPUT, "the document takes too long to judge");
    }
    return wb_error_set(err, WB_BAD_INPUT, "there are no rules for %s %s", specification, version);
}
