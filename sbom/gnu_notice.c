/* SPDX-License-Identifier: Apache-2.0 */
/* Finds notices that place something under a GNU licence, and which versions they allow. */
#include "sbom/licence.h"
#include "sbom/sbom.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_BEFORE = 12,  /* words looked at in front of the licence's name */
    MAX_AFTER = 18,   /* words between the name and the version, and behind the version */
    MAX_POINTER = 6,  /* words that a pointer to the licence's text takes */
    MAX_EXAMPLE = 60, /* words between an example's title and its notice */
};

/* What a word may mean near the name of a licence. */
enum meaning {
    IS_VERSION = 1,
    IS_LATER = 2,
    LEADS_TO_VERSION = 4, /* may stand between the licence's name and the version */
    LEADS_TO_LATER = 8,   /* may stand between the version and `later` */
    IS_GRANT = 16,
    IS_POINTER = 32,
    IS_MONTH = 64,    /* in which a GNU licence came out */
    IS_ADDRESS = 128, /* the last directory in front of a file name */
    IS_LINK = 256,    /* between the version and the name behind it */
};

static const struct {
    const char *word;
    unsigned meanings;
} vocabulary[] = {
    {"above", IS_LATER},
    {"agpl", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"and", LEADS_TO_LATER},
    {"any", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"as", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"at", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"by", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"c", LEADS_TO_VERSION},
    {"choice", LEADS_TO_LATER},
    {"common", IS_ADDRESS},
    {"conditions", IS_GRANT},
    {"copy", IS_POINTER},
    {"covered", IS_GRANT},
    {"either", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"fdl", LEADS_TO_VERSION},
    {"february", IS_MONTH},
    {"foundation", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"found", IS_POINTER},
    {"free", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"fsf", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"general", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"gfdl", LEADS_TO_VERSION},
    {"gnu", LEADS_TO_VERSION | LEADS_TO_LATER | IS_LINK},
    {"gpl", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"greater", IS_LATER},
    {"higher", IS_LATER},
    {"if", LEADS_TO_LATER},
    {"in", LEADS_TO_VERSION},
    {"inc", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"june", IS_MONTH},
    {"later", IS_LATER},
    {"lesser", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"lgpl", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"library", LEADS_TO_LATER},
    {"licence", LEADS_TO_VERSION | LEADS_TO_LATER | IS_GRANT},
    {"licenced", IS_GRANT},
    {"license", LEADS_TO_VERSION | LEADS_TO_LATER | IS_GRANT},
    {"licensed", IS_GRANT},
    {"licenses", IS_ADDRESS},
    {"march", IS_MONTH},
    {"my", LEADS_TO_LATER},
    {"newer", IS_LATER},
    {"november", IS_MONTH},
    {"october", IS_MONTH},
    {"of", LEADS_TO_VERSION | LEADS_TO_LATER | IS_LINK},
    {"option", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"or", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"plus", IS_LATER},
    {"prefer", LEADS_TO_LATER},
    {"public", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"published", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"received", IS_POINTER},
    {"s", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"section", IS_POINTER},
    {"see", IS_POINTER},
    {"software", LEADS_TO_VERSION | LEADS_TO_LATER},
    {"subsequent", IS_LATER},
    {"terms", LEADS_TO_VERSION | IS_GRANT},
    {"text", IS_POINTER},
    {"that", LEADS_TO_LATER},
    {"the", LEADS_TO_VERSION | LEADS_TO_LATER | IS_LINK},
    {"under", LEADS_TO_VERSION | IS_GRANT},
    {"v", IS_VERSION},
    {"ver", IS_VERSION},
    {"version", IS_VERSION | LEADS_TO_LATER},
    {"versions", IS_VERSION},
    {"wish", LEADS_TO_LATER},
    {"you", LEADS_TO_LATER},
    {"your", LEADS_TO_VERSION | LEADS_TO_LATER},
};

struct word {
    const char *text;
    size_t size;
    unsigned meanings;
};

struct words {
    struct word *items;
    size_t count, capacity;
};

struct family {
    const char *name;
    const char *id;
};

/* Longer names first where one begins with another. `gplv` and the like go on with the version. */
static const struct family families[] = {
    {"gnu affero general public license", "AGPL"},
    {"affero general public license", "AGPL"},
    {"gnu lesser general public license", "LGPL"},
    {"lesser general public license", "LGPL"},
    {"gnu library general public license", "LGPL"},
    {"library general public license", "LGPL"},
    {"gnu general public license", "GPL"},
    {"general public license", "GPL"},
    {"gnu free documentation license", "GFDL"},
    {"free documentation license", "GFDL"},
    {"gnu general public licence", "GPL"},
    {"general public licence", "GPL"},
    {"agpl", "AGPL"},
    {"lgpl", "LGPL"},
    {"gfdl", "GFDL"},
    {"gpl", "GPL"},
};

static unsigned meanings_of(const char *text, size_t size)
{
    for (size_t i = 0; i < sizeof vocabulary / sizeof vocabulary[0]; i++)
        if (*vocabulary[i].word == *text && strlen(vocabulary[i].word) == size &&
            memcmp(vocabulary[i].word, text, size) == 0)
            return vocabulary[i].meanings;
    return 0;
}

static void split(struct words *words, const char *text, size_t size)
{
    const char *end = text + size;
    while (text < end) {
        const char *space = memchr(text, ' ', (size_t)(end - text));
        const char *stop = space == NULL ? end : space;
        struct word word = {.text = text, .size = (size_t)(stop - text)};
        if (word.size > 0) {
            word.meanings = meanings_of(word.text, word.size);
            WB_APPEND(words->items, words->count, words->capacity, word);
        }
        text = space == NULL ? end : space + 1;
    }
}

static bool means(const struct words *words, size_t index, unsigned meaning)
{
    return index < words->count && (words->items[index].meanings & meaning) != 0;
}

static bool is(const struct words *words, size_t index, const char *text)
{
    return index < words->count && words->items[index].size == strlen(text) &&
           memcmp(words->items[index].text, text, strlen(text)) == 0;
}

static bool is_phrase(const struct words *words, size_t index, const char *list)
{
    for (const char *at = list; *at != '\0';) {
        if (index >= words->count || *at != *words->items[index].text)
            return false;
        const char *stop = strchrnul(at, ' ');
        size_t size = (size_t)(stop - at);
        if (words->items[index].size != size || memcmp(words->items[index].text, at, size) != 0)
            return false;
        index++;
        at = *stop == ' ' ? stop + 1 : stop;
    }
    return true;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* A notice: where it stands and what it says. */
struct notice {
    const struct family *family;
    size_t start; /* first word of the licence's name */
    size_t after; /* word behind the name */
    char version[4];
    bool is_later;
    bool is_spelt_out; /* with the word `version` */
};

/* Reads a version at `index`: `2`, `2 1`, `v2`; *next is behind it. */
static bool take_version(const struct words *words, size_t index, char version[4], size_t *next)
{
    if (means(words, index, IS_VERSION))
        index++;
    if (index >= words->count)
        return false;
    struct word word = words->items[index];
    if (word.size == 2 && word.text[0] == 'v') {
        word.text++;
        word.size--;
    }
    if (word.size != 1 || word.text[0] < '1' || word.text[0] > '3')
        return false;
    memcpy(version, (char[]){word.text[0], '.', '0', '\0'}, 4);
    index++;
    if (index < words->count && words->items[index].size == 1 &&
        is_digit(words->items[index].text[0])) {
        version[2] = words->items[index].text[0];
        index++;
    }
    *next = index;
    return true;
}

/* Whether the words from `index` on allow later versions too. */
static bool allows_later(const struct words *words, size_t index)
{
    for (size_t i = 0; i < MAX_AFTER; i++) {
        if (means(words, index + i, IS_LATER))
            return true;
        if (!means(words, index + i, LEADS_TO_LATER))
            return false;
    }
    return false;
}

/* The version behind the name: `as published by the Free Software Foundation; either version 2`. */
static bool version_behind(const struct words *words, struct notice *notice)
{
    size_t next;
    for (size_t i = notice->after; i < notice->after + MAX_AFTER; i++) {
        if (take_version(words, i, notice->version, &next)) {
            notice->is_later = allows_later(words, next);
            notice->is_spelt_out = is(words, i, "version");
            /* `version 2 june 1991` is the title of the licence itself. */
            return !means(words, next, IS_MONTH);
        }
        if (!means(words, i, LEADS_TO_VERSION))
            return false;
    }
    return false;
}

/* The version in front of the name: `version 2 or later of the GNU GPL`. */
static bool version_before(const struct words *words, struct notice *notice)
{
    size_t at = notice->start;
    size_t next;
    while (at > 0 && means(words, at - 1, IS_LINK))
        at--;
    if (at == notice->start)
        return false;
    for (size_t i = 1; i <= MAX_BEFORE && i <= at; i++) {
        if (means(words, at - i, IS_VERSION) &&
            take_version(words, at - i, notice->version, &next)) {
            notice->is_later = allows_later(words, next);
            notice->is_spelt_out = is(words, at - i, "version");
            return next == at || notice->is_later;
        }
    }
    return false;
}

static bool has_before(const struct words *words, size_t index, size_t reach, unsigned meaning)
{
    for (size_t i = 1; i <= reach && i <= index; i++)
        if (means(words, index - i, meaning))
            return true;
    return false;
}

/* In the licence's own text, under "How to Apply These Terms". */
static bool is_example(const struct words *words, size_t index)
{
    for (size_t i = 1; i <= MAX_EXAMPLE && i <= index; i++)
        if (is_phrase(words, index - i, "one line to give the"))
            return true;
    return false;
}

static bool is_address(const struct words *words, size_t index)
{
    return index > 0 && means(words, index - 1, IS_ADDRESS);
}

/* A family's name at `index`; `gplv2` and `lgpl2` hold the version as well. */
static bool match_family(const struct words *words, size_t index, const struct family *family,
                         struct notice *notice)
{
    size_t size = strlen(family->name);
    struct word word = words->items[index];
    *notice = (struct notice){.family = family, .start = index};
    if (is_phrase(words, index, family->name)) {
        notice->after = index + 1;
        for (const char *at = family->name; *at != '\0'; at++)
            notice->after += *at == ' ';
        return true;
    }
    return word.size > size && memcmp(word.text, family->name, size) == 0 &&
           (word.size == size + 1 || (word.size == size + 2 && word.text[size] == 'v')) &&
           is_digit(word.text[word.size - 1]);
}

static bool read_version(const struct words *words, struct notice *notice)
{
    if (notice->after > 0)
        return version_behind(words, notice) || version_before(words, notice);
    struct word word = words->items[notice->start];
    size_t next = notice->start + 1;
    notice->after = next;
    memcpy(notice->version, (char[]){word.text[word.size - 1], '.', '0', '\0'}, 4);
    if (next < words->count && words->items[next].size == 1 &&
        is_digit(words->items[next].text[0])) {
        notice->version[2] = words->items[next].text[0];
        next++;
    }
    notice->is_later = allows_later(words, next);
    return true;
}

static const struct family *family_at(const struct words *words, size_t index,
                                      struct notice *notice)
{
    struct word word = words->items[index];
    if (memchr("aglf", word.text[0], 4) == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (match_family(words, index, &families[i], notice))
            return &families[i];
    return NULL;
}

/* A pointer to the licence's text (`a copy of the GNU General Public License version 2 is in`) or
 * to a section of it places nothing under it. */
static enum wb_notice_strength strength_of(const struct words *words, const struct notice *notice)
{
    if (notice->is_later)
        return WB_NOTICE_GRANT;
    if (!has_before(words, notice->start, MAX_BEFORE, IS_GRANT) ||
        has_before(words, notice->start, MAX_POINTER, IS_POINTER))
        return WB_NOTICE_MENTION;
    return notice->is_spelt_out ? WB_NOTICE_GRANT : WB_NOTICE_LABEL;
}

void wb_gnu_notice_find(const char *text, size_t size,
                        void (*found)(void *context, const char *id,
                                      enum wb_notice_strength strength),
                        void *context)
{
    struct words words = {0};
    struct notice notice;
    split(&words, text, size);
    for (size_t i = 0; i < words.count; i++) {
        if (family_at(&words, i, &notice) == NULL)
            continue;
        size_t after = notice.after > 0 ? notice.after : i + 1;
        if (!is_address(&words, i) && read_version(&words, &notice) && !is_example(&words, i)) {
            WB_AUTO_STRING name = wb_string_format("%s-%s-%s", notice.family->id, notice.version,
                                                   notice.is_later ? "or-later" : "only");
            const char *id = wb_licence_canonical(name);
            if (id != NULL)
                found(context, id, strength_of(&words, &notice));
        }
        i = after - 1;
    }
    free(words.items);
}
