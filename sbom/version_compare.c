/* SPDX-License-Identifier: Apache-2.0 */
/* Which of two versions is the later one, by the rules of dpkg and rpm. */
#include "sbom/version_compare.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A part of a version: from `at` to `end`. */
struct part {
    const char *at, *end;
};

static char first(const struct part *part)
{
    return part->at < part->end ? *part->at : '\0';
}

static struct part take_digits(struct part *part)
{
    struct part digits = {part->at, part->at};
    while (digits.end < part->end && is_digit(*digits.end))
        digits.end++;
    part->at = digits.end;
    return digits;
}

/* Numbers of any size. */
static int compare_digits(struct part a, struct part b)
{
    while (first(&a) == '0')
        a.at++;
    while (first(&b) == '0')
        b.at++;
    size_t size_a = (size_t)(a.end - a.at), size_b = (size_t)(b.end - b.at);
    if (size_a != size_b)
        return size_a < size_b ? -1 : 1;
    return size_a == 0 ? 0 : memcmp(a.at, b.at, size_a);
}

/* ---- dpkg ---- */

/* A tilde stands before the end, the end before letters, letters before the rest. */
static int dpkg_order(const struct part *part)
{
    char c = first(part);
    if (part->at == part->end || is_digit(c))
        return 0;
    if (c == '~')
        return -1;
    return is_letter(c) ? c : (unsigned char)c + 256;
}

static int compare_dpkg(struct part a, struct part b)
{
    while (a.at < a.end || b.at < b.end) {
        while ((a.at < a.end && !is_digit(*a.at)) || (b.at < b.end && !is_digit(*b.at))) {
            int order = dpkg_order(&a) - dpkg_order(&b);
            if (order != 0)
                return order;
            a.at += a.at < a.end;
            b.at += b.at < b.end;
        }
        int order = compare_digits(take_digits(&a), take_digits(&b));
        if (order != 0)
            return order;
    }
    return 0;
}

/* ---- rpm ---- */

static void skip_separators(struct part *part)
{
    while (part->at < part->end && !is_digit(*part->at) && !is_letter(*part->at) &&
           *part->at != '~' && *part->at != '^')
        part->at++;
}

static struct part take_letters(struct part *part)
{
    struct part letters = {part->at, part->at};
    while (letters.end < part->end && is_letter(*letters.end))
        letters.end++;
    part->at = letters.end;
    return letters;
}

static int compare_letters(struct part a, struct part b)
{
    size_t size_a = (size_t)(a.end - a.at), size_b = (size_t)(b.end - b.at);
    int order = memcmp(a.at, b.at, size_a < size_b ? size_a : size_b);
    if (order != 0 || size_a == size_b)
        return order;
    return size_a < size_b ? -1 : 1;
}

/* `~` sorts before everything, the end included; `^` behind the end, but before anything else.
 * *done says that the order is found. */
static int compare_marks(struct part *a, struct part *b, bool *done)
{
    *done = true;
    if (first(a) == '~' || first(b) == '~') {
        if (first(a) != first(b))
            return first(a) == '~' ? -1 : 1;
    } else if (first(a) == '^' || first(b) == '^') {
        if (a->at == a->end || b->at == b->end)
            return a->at == a->end ? -1 : 1;
        if (first(a) != first(b))
            return first(a) == '^' ? -1 : 1;
    } else {
        *done = false;
        return 0;
    }
    a->at++;
    b->at++;
    return 0;
}

/* Numbers are later than letters. */
static int compare_segments(struct part *a, struct part *b)
{
    if (is_digit(*a->at)) {
        if (!is_digit(*b->at))
            return 1;
        return compare_digits(take_digits(a), take_digits(b));
    }
    if (is_digit(*b->at))
        return -1;
    return compare_letters(take_letters(a), take_letters(b));
}

static int compare_rpm(struct part a, struct part b)
{
    size_t size = (size_t)(a.end - a.at);
    if (size == (size_t)(b.end - b.at) && memcmp(a.at, b.at, size) == 0)
        return 0;
    while (a.at < a.end || b.at < b.end) {
        skip_separators(&a);
        skip_separators(&b);
        bool marks;
        int order = compare_marks(&a, &b, &marks);
        if (order != 0)
            return order;
        if (marks)
            continue;
        if (a.at == a.end || b.at == b.end)
            break;
        order = compare_segments(&a, &b);
        if (order != 0)
            return order;
    }
    if (a.at == a.end && b.at == b.end)
        return 0;
    return a.at == a.end ? -1 : 1;
}

/* ---- whole versions ---- */

struct whole {
    struct part epoch, version, release;
    bool has_release;
};

static struct whole split(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    const char *version = text[digits] == ':' ? text + digits + 1 : text;
    const char *end = text + strlen(text);
    const char *dash = strrchr(version, '-');
    struct whole whole = {
        .epoch = {text, version == text ? text : text + digits},
        .version = {version, dash == NULL ? end : dash},
        .release = {dash == NULL ? end : dash + 1, end},
        .has_release = dash != NULL,
    };
    return whole;
}

int wb_version_compare(enum wb_package_kind kind, const char *a, const char *b)
{
    if (kind == WB_PACKAGE_OTHER)
        return compare_rpm((struct part){a, a + strlen(a)}, (struct part){b, b + strlen(b)});
    struct whole one = split(a), other = split(b);
    int order = compare_digits(one.epoch, other.epoch);
    if (order != 0)
        return order;
    bool dpkg = kind == WB_PACKAGE_DEB;
    order =
        dpkg ? compare_dpkg(one.version, other.version) : compare_rpm(one.version, other.version);
    if (order != 0)
        return order;
    if (dpkg)
        return compare_dpkg(one.release, other.release);
    /* A release that is not stated is any. */
    return one.has_release && other.has_release ? compare_rpm(one.release, other.release) : 0;
}
