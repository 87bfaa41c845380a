/* SPDX-License-Identifier: Apache-2.0 */
/* Judges what an expression found: entropy, checksum, allow lists, examples; and keeps of a secret
 * only its digest, its length and what may be shown of it. */
#include "audit/secret_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct wb_regex_span choose_secret(const struct wb_secret_rule *rule,
                                          const struct wb_regex_span *spans, size_t count)
{
    if (rule->group > 0)
        return spans[rule->group].begin == SIZE_MAX ? spans[0] : spans[rule->group];
    for (size_t i = 1; i < count; i++)
        if (spans[i].begin != SIZE_MAX && spans[i].end > spans[i].begin)
            return spans[i];
    return spans[0];
}

/* Shannon's, in thousandths of a bit for each byte. */
static int64_t entropy_of(const char *text, size_t size)
{
    size_t counts[256] = {0};
    double bits = 0;
    for (size_t i = 0; i < size; i++)
        counts[(uint8_t)text[i]]++;
    for (size_t i = 0; i < 256; i++)
        if (counts[i] > 0) {
            double share = (double)counts[i] / (double)size;
            bits -= share * log2(share);
        }
    return (int64_t)(bits * 1000);
}

static uint32_t crc32_of(const char *text, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= (uint8_t)text[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (UINT32_C(0xEDB88320) & (0 - (crc & 1)));
    }
    return ~crc;
}

/* As GitHub's and npm's tokens end: six digits to the base 62 of the CRC-32 of the 30 characters
 * before them. */
static bool checksum_holds(enum wb_secret_checksum checksum, const char *text, size_t size)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    if (checksum == WB_SECRET_NO_CHECKSUM)
        return true;
    if (size < 36)
        return false;
    uint32_t crc = crc32_of(text + size - 36, 30);
    for (size_t i = 1; i <= 6; i++, crc /= 62)
        if (text[size - i] != digits[crc % 62])
            return false;
    return true;
}

/* Of a long token its first characters, which are what its kind begins with; of what a person may
 * have chosen nothing. */
static void redact(const struct wb_secret_rule *rule, const char *text, size_t size,
                   struct wb_secret_found *found)
{
    size_t shown = rule->generated && size >= 20 ? 4 : 0;
    for (size_t i = 0; i < shown; i++)
        if (text[i] <= ' ' || text[i] > '~')
            shown = 0;
    snprintf(found->redacted, sizeof found->redacted, "%.*s… (%zu characters)", (int)shown, text,
             size);
}

static bool digest_of(const char *text, size_t size, uint8_t digest[32])
{
    struct wb_digest computed;
    if (!wb_digest_bytes(WB_DIGEST_SHA256, (struct wb_bytes){(const uint8_t *)text, size},
                         &computed, NULL))
        return false;
    memcpy(digest, computed.bytes, 32);
    return true;
}

bool wb_secret_match_next(const struct wb_secret_rules *rules, const struct wb_secret_rule *rule,
                          const struct wb_secret_text *where, size_t begin, size_t end,
                          struct wb_secret_found *found)
{
    struct wb_regex_span spans[WB_REGEX_GROUPS_MAX];
    size_t count = wb_regex_group_count(rule->regex) + 1;
    *found = (struct wb_secret_found){.severity = rule->severity};
    if (!wb_regex_search(rule->regex, where->text, where->size, begin, end, spans, count))
        return false;
    struct wb_secret_text match = *where;
    found->span = match.match = spans[0];
    match.secret = choose_secret(rule, spans, count);
    found->place = match.secret.begin;
    const char *text = where->text + match.secret.begin;
    size_t size = match.secret.end - match.secret.begin;
    if (size == 0 || (rule->entropy > 0 && entropy_of(text, size) <= rule->entropy) ||
        wb_secret_allowed(&rule->allowlists, rule->id, &match) ||
        wb_secret_allowed(&rules->files[rule->file], rule->id, &match))
        return true;
    found->known_as = wb_secret_known_text(text, size);
    if (found->known_as == NULL && !checksum_holds(rule->checksum, text, size))
        found->known_as = "a token whose checksum does not hold";
    /* Of what only looks like a password there are too many examples to list them. */
    if (rule->generic && found->known_as != NULL)
        return true;
    found->has_digest = rule->generated && digest_of(text, size, found->digest);
    redact(rule, text, size, found);
    return true;
}
