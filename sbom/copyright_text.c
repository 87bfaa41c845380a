/* SPDX-License-Identifier: Apache-2.0 */
/* The licences that unstructured copyright files point at.
 *
 * Three kinds of evidence, in order of weight: the wording of known licences, notices of the GNU
 * licences, and references to usr/share/common-licenses (Debian Policy 12.5). What gives no clear
 * answer gives none. */
#include "sbom/licence.h"
#include "sbom/sbom.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_FOUND = 128,   /* more than there are different answers */
    MAX_NOTICE = 1500, /* bytes of words in a notice of one GNU licence */
    MAX_INDENT = 40,   /* bytes in front of the rest of a hyphenated word */
    MAX_TERMS = 240,   /* bytes of words that a title and its terms take */
};

struct found {
    const char *items[MAX_FOUND];
    size_t count;
};

struct evidence {
    struct wb_arena *arena;
    struct wb_buffer words;
    struct found wordings;
    struct found grants;
    struct found labels;
    struct found mentions;
    struct found references; /* file names */
};

/* Debian's files that have no version in their name, or stand for an id of another name. */
static const struct wb_licence_alias common_licences[] = {
    {"Apache-2.0", "Apache-2.0"}, {"Artistic", "Artistic-1.0-Perl"},
    {"BSD", "BSD-3-Clause"},      {"CC0-1.0", "CC0-1.0"},
    {"MPL-1.1", "MPL-1.1"},       {"MPL-2.0", "MPL-2.0"},
};

/* The symlinks `GPL` and the like: where a text names no version, any may be chosen (GPL-2 section
 * 9, GPL-3 section 14, LGPL-2.1 section 13). */
static const struct wb_licence_alias unversioned[] = {
    {"GPL", "GPL-1.0-or-later"},
    {"LGPL", "LGPL-2.0-or-later"},
    {"GFDL", "GFDL-1.1-or-later"},
};

static bool is_letter(char byte)
{
    return wb_ascii_alphanumeric(byte) && !(byte >= '0' && byte <= '9');
}

/* Where the line behind a hyphen goes on with the same word; 0 when it does not. */
static size_t hyphenated(const char *text, size_t size, size_t hyphen)
{
    size_t at = hyphen + 1;
    if (hyphen == 0 || !is_letter(text[hyphen - 1]) || at == size ||
        (text[at] != '\n' && text[at] != '\r'))
        return 0;
    while (at < size && at - hyphen < MAX_INDENT && strchr("\r\n\t *#/", text[at]) != NULL)
        at++;
    return at < size && is_letter(text[at]) ? at : 0;
}

void wb_licence_words(struct wb_buffer *words, const char *text, size_t size)
{
    bool gap = false;
    for (size_t i = 0; i < size; i++) {
        size_t next = text[i] == '-' ? hyphenated(text, size, i) : 0;
        if (next > 0)
            i = next;
        char byte = wb_ascii_lower(text[i]);
        if (byte == '+' && i > 0 && text[i - 1] >= '0' && text[i - 1] <= '9')
            wb_buffer_append_text(words, " plus");
        gap = gap || !wb_ascii_alphanumeric(byte);
        if (!wb_ascii_alphanumeric(byte))
            continue;
        if (gap && words->size > 0)
            wb_buffer_append(words, " ", 1);
        wb_buffer_append(words, &byte, 1);
        gap = false;
    }
}

static bool says(const struct evidence *evidence, const char *phrase)
{
    return evidence->words.size > 0 &&
           memmem(evidence->words.data, evidence->words.size, phrase, strlen(phrase)) != NULL;
}

static bool says_any(const struct evidence *evidence, const char *const *phrases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (says(evidence, phrases[i]))
            return true;
    return false;
}

/* ---- gathering ----------------------------------------------------------------------------------
 */

static void add(struct found *found, const char *text)
{
    for (size_t i = 0; i < found->count; i++)
        if (strcmp(found->items[i], text) == 0)
            return;
    if (found->count < MAX_FOUND)
        found->items[found->count++] = text;
}

static void found_wording(void *context, const char *expression)
{
    struct evidence *evidence = context;
    add(&evidence->wordings, expression);
}

static void found_notice(void *context, const char *id, enum wb_notice_strength strength)
{
    struct evidence *evidence = context;
    switch (strength) {
    case WB_NOTICE_GRANT:
        add(&evidence->grants, id);
        break;
    case WB_NOTICE_LABEL:
        add(&evidence->labels, id);
        break;
    case WB_NOTICE_MENTION:
        add(&evidence->mentions, id);
        break;
    }
}

/* File names behind `common-licenses/`. */
static void find_references(struct evidence *evidence, const char *text, size_t size)
{
    static const char directory[] = "common-licenses/";
    const char *end = text + size;
    while (text < end) {
        const char *at = memmem(text, (size_t)(end - text), directory, strlen(directory));
        if (at == NULL)
            return;
        at += strlen(directory);
        text = at;
        while (text < end && (wb_ascii_alphanumeric(*text) || *text == '-' || *text == '.'))
            text++;
        const char *stop = text;
        while (stop > at && !wb_ascii_alphanumeric(stop[-1]))
            stop--; /* the full stop of a sentence */
        if (stop > at && stop - at < 16)
            add(&evidence->references,
                wb_arena_copy_bytes(evidence->arena, at, (size_t)(stop - at)));
    }
}

/* ---- weighing -----------------------------------------------------------------------------------
 */

static const char *look_up(const struct wb_licence_alias *aliases, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(aliases[i].name, name) == 0)
            return aliases[i].expression;
    return NULL;
}

/* `GPL` of GPL-2 and GPL-2.0-or-later. */
static bool is_of_family(const char *id, const char *reference)
{
    size_t size = strcspn(reference, "-");
    return strncmp(id, reference, size) == 0 && (id[size] == '-' || id[size] == '\0');
}

static bool has_family(const struct found *found, const char *reference)
{
    for (size_t i = 0; i < found->count; i++)
        if (is_of_family(found->items[i], reference))
            return true;
    return false;
}

static const char *gnu_reference(struct evidence *evidence, const char *name)
{
    static const char *const later[] = {"any later version", "or later", "or newer",
                                        "any newer version"};
    const char *id = look_up(unversioned, sizeof unversioned / sizeof unversioned[0], name);
    if (id != NULL)
        return id;
    bool is_later = says_any(evidence, later, sizeof later / sizeof later[0]);
    const char *version = strchr(name, '-');
    if (version == NULL)
        return NULL;
    id = wb_arena_format(evidence->arena, "%s%s-%s", name, strchr(version, '.') ? "" : ".0",
                         is_later ? "or-later" : "only");
    return wb_licence_canonical(id);
}

static void weigh_reference(struct evidence *evidence, const char *name, struct found *answer)
{
    const char *id =
        look_up(common_licences, sizeof common_licences / sizeof common_licences[0], name);
    if (id != NULL) {
        if (!(strcmp(name, "BSD") == 0 && has_family(&evidence->wordings, name)))
            add(answer, id);
        return;
    }
    if (!is_of_family(name, "GPL") && !is_of_family(name, "LGPL") && !is_of_family(name, "GFDL"))
        return;
    if (has_family(&evidence->grants, name) || has_family(&evidence->labels, name))
        return;
    if (has_family(&evidence->mentions, name)) {
        for (size_t i = 0; i < evidence->mentions.count; i++)
            if (is_of_family(evidence->mentions.items[i], name))
                add(answer, evidence->mentions.items[i]);
        return;
    }
    id = gnu_reference(evidence, name);
    if (id != NULL)
        add(answer, id);
}

/* `GPL v2` in short and `version 2 or later` at length speak of the same. */
static void weigh_label(const struct evidence *evidence, const char *id, struct found *answer)
{
    size_t size = strlen(id) - strlen("only"); /* labels name one version */
    for (size_t i = 0; i < evidence->grants.count; i++)
        if (strncmp(evidence->grants.items[i], id, size) == 0)
            return;
    add(answer, id);
}

/* GPL and Artistic together are Perl's choice when the text speaks of one. */
static void offer_choice(struct evidence *evidence, struct found *answer)
{
    static const char *const signs[] = {"either the gnu general public",
                                        "either the artistic",
                                        "either the perl artistic",
                                        "either gpl",
                                        "or the artistic",
                                        "or artistic",
                                        "or b the artistic",
                                        "or the gnu general public",
                                        "terms of either",
                                        "your choice of"};
    size_t artistic = MAX_FOUND;
    size_t gpl = MAX_FOUND;
    size_t gpl_count = 0;
    for (size_t i = 0; i < answer->count; i++) {
        if (strcmp(answer->items[i], "Artistic-1.0-Perl") == 0)
            artistic = i;
        if (is_of_family(answer->items[i], "GPL")) {
            gpl = i;
            gpl_count++;
        }
    }
    if (artistic == MAX_FOUND || gpl_count != 1 ||
        !says_any(evidence, signs, sizeof signs / sizeof signs[0]))
        return;
    answer->items[gpl] =
        wb_arena_format(evidence->arena, "%s OR %s", answer->items[gpl], answer->items[artistic]);
    answer->items[artistic] = NULL;
}

/* Whether `id` is one side of `choice`, expressions joined by OR. */
static bool is_side(const char *choice, const char *id)
{
    size_t size = strlen(id);
    const char *side = choice;
    while (side != NULL) {
        if (strncmp(side, id, size) == 0 && (side[size] == '\0' || side[size] == ' '))
            return true;
        side = strstr(side, " OR ");
        side = side == NULL ? NULL : side + strlen(" OR ");
    }
    return false;
}

/* What is one side of a choice is not demanded beside it. */
static void drop_sides_of_choices(struct found *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        const char *choice = answer->items[i];
        if (choice == NULL || strstr(choice, " OR ") == NULL)
            continue;
        for (size_t j = 0; j < answer->count; j++)
            if (j != i && answer->items[j] != NULL && is_side(choice, answer->items[j]))
                answer->items[j] = NULL;
    }
}

/* Whether `free documentation license version 1 3` goes on to say so. */
static bool has_no_invariants(const struct evidence *evidence, const char *id)
{
    char title[] = "documentation license version 1 x";
    title[sizeof title - 2] = id[strlen("GFDL-1.")];
    const char *words = (const char *)evidence->words.data;
    const char *end = words + evidence->words.size;
    while ((words = memmem(words, (size_t)(end - words), title, strlen(title))) != NULL) {
        size_t left = (size_t)(end - words);
        size_t size = left < MAX_TERMS ? left : MAX_TERMS;
        if (memmem(words, size, "no invariant sections", strlen("no invariant sections")) != NULL)
            return true;
        words += strlen(title);
    }
    return false;
}

/* GFDL without invariant sections has ids of its own. Among several, it must be clear which. */
static const char *specific(struct evidence *evidence, const struct found *answer, const char *id)
{
    size_t count = 0;
    if (id == NULL || !wb_text_starts_with(id, "GFDL-1.") ||
        !(says(evidence, "no invariant sections") || says(evidence, "without invariant sections")))
        return id;
    for (size_t i = 0; i < answer->count; i++)
        count += answer->items[i] != NULL && wb_text_starts_with(answer->items[i], "GFDL-");
    if (count > 1 && !has_no_invariants(evidence, id))
        return id;
    size_t length = strlen("GFDL-1.x");
    const char *found = wb_licence_canonical(
        wb_arena_format(evidence->arena, "%.*s-no-invariants%s", (int)length, id, id + length));
    return found != NULL ? found : id;
}

static const char *weigh(struct evidence *evidence, struct wb_arena *arena)
{
    struct found answer = evidence->wordings;
    for (size_t i = 0; i < evidence->grants.count; i++)
        add(&answer, evidence->grants.items[i]);
    for (size_t i = 0; i < evidence->labels.count; i++)
        weigh_label(evidence, evidence->labels.items[i], &answer);
    for (size_t i = 0; i < evidence->references.count; i++)
        weigh_reference(evidence, evidence->references.items[i], &answer);
    offer_choice(evidence, &answer);
    drop_sides_of_choices(&answer);
    for (size_t i = 0; i < answer.count; i++)
        answer.items[i] = specific(evidence, &answer, answer.items[i]);
    return wb_licence_join_and(arena, answer.items, answer.count);
}

static void gather(struct evidence *evidence, const char *text, size_t size)
{
    if (size == 0)
        return;
    wb_licence_words(&evidence->words, text, size);
    if (evidence->words.size == 0)
        return;
    const char *words = (const char *)evidence->words.data;
    wb_licence_wording_find(words, evidence->words.size, found_wording, evidence);
    wb_gnu_notice_find(words, evidence->words.size, found_notice, evidence);
    find_references(evidence, text, size);
}

const char *wb_copyright_text_licence(struct wb_arena *arena, const char *text, size_t size)
{
    WB_AUTO(wb_arena) *scratch = wb_arena_new();
    struct evidence evidence = {.arena = scratch};
    gather(&evidence, text, size);
    const char *licence = weigh(&evidence, arena);
    wb_buffer_clear(&evidence.words);
    return licence;
}

const char *wb_copyright_text_identify(struct wb_arena *arena, const char *text, size_t size)
{
    WB_AUTO(wb_arena) *scratch = wb_arena_new();
    struct evidence evidence = {.arena = scratch};
    const char *licence = NULL;
    gather(&evidence, text, size);
    if (evidence.wordings.count > 0)
        licence =
            wb_licence_wording_identify((const char *)evidence.words.data, evidence.words.size);
    else if (evidence.words.size <= MAX_NOTICE)
        licence = weigh(&evidence, arena);
    wb_buffer_clear(&evidence.words);
    return licence == NULL || strstr(licence, " AND ") != NULL ? NULL : licence;
}
