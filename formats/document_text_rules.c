/* SPDX-License-Identifier: Apache-2.0 */
/* What texts in documents must be. */
#include "formats/formats_private.h"
#include "formats/verdict.h"
#include "sbom/licence.h"

#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* Takes as many as there are of `set`, at least one; NULL stays NULL. */
static const char *take(const char *text, const char *set)
{
    size_t size = text == NULL ? 0 : strspn(text, set);
    return size == 0 ? NULL : text + size;
}

static const char *take_exactly(const char *text, const char *set, size_t count)
{
    return text != NULL && strnlen(text, count) == count && strspn(text, set) >= count
               ? text + count
               : NULL;
}

static const char *take_text(const char *text, const char *wanted)
{
    return text != NULL && wb_text_starts_with(text, wanted) ? text + strlen(wanted) : NULL;
}

static bool at_end(const char *text)
{
    return text != NULL && *text == '\0';
}

/* ---- the kinds ---- */

static const char *take_uuid(const char *text)
{
    static const size_t sizes[] = {8, 4, 4, 4, 12};
    for (size_t i = 0; i < 5; i++) {
        if (i > 0)
            text = take_text(text, "-");
        text = take_exactly(text, DIGITS "abcdef", sizes[i]);
    }
    return text;
}

static bool is_bom_link(const char *text, bool element)
{
    text = take_text(take_uuid(take_text(text, "urn:cdx:")), "/");
    if (text == NULL || *text < '1' || *text > '9')
        return false;
    text = take(text, DIGITS);
    return element ? *text == '#' && text[1] != '\0' : *text == '\0';
}

static bool is_hash(const char *text)
{
    size_t size = strspn(text, DIGITS "abcdefABCDEF");
    return text[size] == '\0' &&
           (size == 32 || size == 40 || size == 64 || size == 96 || size == 128);
}

static bool is_media_type(const char *text)
{
    static const char set[] = LOWER DIGITS "-+.";
    return at_end(take(take_text(take(text, set), "/"), set));
}

static bool is_language(const char *text)
{
    text = take_exactly(text, LOWER, 2);
    return at_end(text) || at_end(take_exactly(take_text(text, "-"), UPPER, 2));
}

static bool is_cre(const char *text)
{
    return at_end(take(take_text(take(take_text(text, "CRE:"), DIGITS), "-"), DIGITS));
}

static bool is_patent_number(const char *text)
{
    size_t size = strlen(text);
    return size >= 2 && size <= 30 && at_end(take(text, LOWER UPPER DIGITS "-/.() \t\r\n\f\v")) &&
           wb_ascii_alphanumeric(text[0]) && wb_ascii_alphanumeric(text[size - 1]);
}

static bool is_date_time(const char *text)
{
    int64_t seconds;
    return wb_time_parse(text, &seconds);
}

static bool is_date(const char *text)
{
    WB_AUTO_STRING whole = wb_string_format("%sT00:00:00Z", text);
    return strlen(text) == 10 && is_date_time(whole);
}

static bool is_email(const char *text)
{
    return strchr(text, '@') != NULL;
}

/* ---- of SPDX 3 ---- */

/* A colon with something before and behind it, all in the first line. */
static bool is_node_iri(const char *text)
{
    size_t line = strcspn(text, "\n");
    const char *colon = line < 2 ? NULL : memchr(text + 1, ':', line - 2);
    return colon != NULL && !wb_text_starts_with(text, "_:");
}

static bool is_blank_node(const char *text)
{
    return wb_text_starts_with(text, "_:") && text[2] != '\0' && text[2] != '\n';
}

static bool is_utc_time(const char *text)
{
    return strlen(text) == 20 && text[19] == 'Z' && is_date_time(text);
}

/* A number without zeros in front. */
static const char *take_number(const char *text)
{
    return text != NULL && *text == '0' ? text + 1 : take(text, DIGITS);
}

/* Words with dots between them; those of digits only without zeros in front, where `numbers`. */
static const char *take_words(const char *text, bool numbers)
{
    for (;; text++) {
        const char *word = text;
        text = take(word, LOWER UPPER DIGITS "-");
        if (text == NULL)
            return NULL;
        bool is_number = word + strspn(word, DIGITS) == text;
        if (numbers && is_number && take_number(word) != text)
            return NULL;
        if (*text != '.')
            return text;
    }
}

static bool is_semantic_version(const char *text)
{
    for (int i = 0; i < 3; i++)
        text = take_number(i == 0 ? text : take_text(text, "."));
    if (text != NULL && *text == '-')
        text = take_words(text + 1, true);
    if (text != NULL && *text == '+')
        text = take_words(text + 1, false);
    return at_end(text);
}

static bool is_two_names(const char *text)
{
    const char *slash = strchr(text, '/');
    return slash != NULL && slash > text && slash[1] != '\0' && strchr(slash + 1, '/') == NULL;
}

static bool is_decimal(const char *text)
{
    text = take(text + (*text == '-'), DIGITS);
    if (text != NULL && *text == '.')
        text += 1 + strspn(text + 1, DIGITS);
    return at_end(text);
}

/* ---- addresses (RFC 3987) ---- */

static bool is_iri_text(const char *text, size_t size, const char *more)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '%') {
            if (size - i < 3 || strspn(text + i + 1, DIGITS "abcdefABCDEF") < 2)
                return false;
            i += 2;
        } else if (c < 0x80 && !wb_ascii_alphanumeric((char)c) &&
                   strchr("-._~!$&'()*+,;=:@", c) == NULL && strchr(more, c) == NULL) {
            return false;
        }
    }
    return true;
}

/* The length of `scheme:`; 0 without one. */
static size_t scheme_size(const char *text)
{
    if (take_exactly(text, LOWER UPPER, 1) == NULL)
        return 0;
    size_t size = strspn(text, LOWER UPPER DIGITS "+-.");
    return text[size] == ':' ? size + 1 : 0;
}

static bool is_iri(const char *text, bool may_be_relative)
{
    size_t scheme = scheme_size(text);
    if (scheme == 0 && (!may_be_relative || memchr(text, ':', strcspn(text, "/?#")) != NULL))
        return false;
    const char *rest = text + scheme;
    if (wb_text_starts_with(rest, "//")) {
        size_t size = strcspn(rest + 2, "/?#");
        if (!is_iri_text(rest + 2, size, "[]"))
            return false;
        rest += 2 + size;
    }
    size_t path = strcspn(rest, "?#");
    size_t query = strcspn(rest, "#");
    const char *fragment = rest[query] == '#' ? rest + query + 1 : "";
    return is_iri_text(rest, path, "/") && is_iri_text(rest + path, query - path, "/?") &&
           is_iri_text(fragment, strlen(fragment), "/?");
}

/* ---- all of them ---- */

bool wb_text_rule_holds(enum wb_text_rule rule, const char *text)
{
    switch (rule) {
    case WB_TEXT_ONE_LINE:
        return strchr(text, '\n') == NULL;
    case WB_TEXT_UUID_URN:
        return at_end(take_uuid(take_text(text, "urn:uuid:")));
    case WB_TEXT_MEDIA_TYPE:
        return is_media_type(text);
    case WB_TEXT_HASH:
        return is_hash(text);
    case WB_TEXT_LANGUAGE:
        return is_language(text);
    case WB_TEXT_BOM_LINK:
        return is_bom_link(text, false);
    case WB_TEXT_BOM_LINK_ELEMENT:
        return is_bom_link(text, true);
    case WB_TEXT_CRE:
        return is_cre(text);
    case WB_TEXT_PATENT_NUMBER:
        return is_patent_number(text);
    case WB_TEXT_COUNTRY:
        return at_end(take_exactly(text, UPPER, 2));
    case WB_TEXT_DATE_TIME:
        return is_date_time(text);
    case WB_TEXT_DATE:
        return is_date(text);
    case WB_TEXT_IRI:
        return is_iri(text, false);
    case WB_TEXT_IRI_REFERENCE:
        return is_iri(text, true);
    case WB_TEXT_EMAIL:
        return is_email(text);
    case WB_TEXT_LICENCE_ID:
        return wb_licence_id_listed(text);
    case WB_TEXT_NODE_IRI:
        return is_node_iri(text);
    case WB_TEXT_NODE:
        return is_node_iri(text) || is_blank_node(text);
    case WB_TEXT_UTC_TIME:
        return is_utc_time(text);
    case WB_TEXT_SEMANTIC_VERSION:
        return is_semantic_version(text);
    case WB_TEXT_TWO_NAMES:
        return is_two_names(text);
    case WB_TEXT_DECIMAL:
        return is_decimal(text);
    }
    return false;
}

const char *wb_text_rule_name(enum wb_text_rule rule)
{
    static const char *const names[] = {
        [WB_TEXT_ONE_LINE] = "one line",
        [WB_TEXT_UUID_URN] = "`urn:uuid:` and a UUID in lower case",
        [WB_TEXT_MEDIA_TYPE] = "a media type",
        [WB_TEXT_HASH] = "a digest in hexadecimal digits",
        [WB_TEXT_LANGUAGE] = "a language like `en` or `en-US`",
        [WB_TEXT_BOM_LINK] = "a BOM-Link to a document",
        [WB_TEXT_BOM_LINK_ELEMENT] = "a BOM-Link to an element",
        [WB_TEXT_CRE] = "a common requirement like `CRE:764-507`",
        [WB_TEXT_PATENT_NUMBER] = "a patent number",
        [WB_TEXT_COUNTRY] = "a country of two capitals",
        [WB_TEXT_DATE_TIME] = "a date and time (RFC 3339)",
        [WB_TEXT_DATE] = "a date (RFC 3339)",
        [WB_TEXT_IRI] = "an absolute address (RFC 3987)",
        [WB_TEXT_IRI_REFERENCE] = "an address (RFC 3987)",
        [WB_TEXT_EMAIL] = "an e-mail address",
        [WB_TEXT_LICENCE_ID] = "an id of the SPDX licence list",
        [WB_TEXT_NODE_IRI] = "an IRI",
        [WB_TEXT_NODE] = "an IRI, nor `_:` and a name",
        [WB_TEXT_UTC_TIME] = "YYYY-MM-DDThh:mm:ssZ",
        [WB_TEXT_SEMANTIC_VERSION] = "a semantic version like `3.0.1`",
        [WB_TEXT_TWO_NAMES] = "a media type",
        [WB_TEXT_DECIMAL] = "a decimal number",
    };
    return names[rule];
}
