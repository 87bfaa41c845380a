/* SPDX-License-Identifier: Apache-2.0 */
/* What the fields of the specifications accept. */
#include "formats/formats_private.h"

#include <string.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* ---- addresses ---- */

/* RFC 3986: unreserved, sub-delims and percent-encoded, and what `more` allows. */
static bool all_uri_characters(const char *text, size_t size, const char *more)
{
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '%') {
            if (size - i < 3 || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2]))
                return false;
            i += 2;
        } else if (!is_letter(c) && !is_digit(c) && !one_of(c, "-._~!$&'()*+,;=") &&
                   !one_of(c, more)) {
            return false;
        }
    }
    return true;
}

/* The parts of `scheme://authority/...`. */
struct address {
    size_t scheme_size;
    const char *host;
    size_t host_size;
    bool has_user;
};

static bool split_authority(const char *authority, size_t size, struct address *address)
{
    const char *at = memchr(authority, '@', size);
    address->has_user = at != NULL;
    address->host = at == NULL ? authority : at + 1;
    address->host_size = size - (size_t)(address->host - authority);
    if (at != NULL && !all_uri_characters(authority, (size_t)(at - authority), ":"))
        return false;
    const char *port = memchr(address->host, ':', address->host_size);
    if (port != NULL) {
        for (const char *digit = port + 1; digit < authority + size; digit++)
            if (!is_digit(*digit))
                return false;
        address->host_size = (size_t)(port - address->host);
    }
    return address->host_size > 0 && all_uri_characters(address->host, address->host_size, "");
}

static bool split_address(const char *text, struct address *address)
{
    const char *colon = strstr(text, "://");
    if (colon == NULL || !is_letter(*text))
        return false;
    address->scheme_size = (size_t)(colon - text);
    for (size_t i = 0; i < address->scheme_size; i++)
        if (!is_letter(text[i]) && !is_digit(text[i]) && !one_of(text[i], "+-."))
            return false;
    const char *authority = colon + 3;
    size_t size = strcspn(authority, "/?#");
    if (!split_authority(authority, size, address))
        return false;
    const char *rest = authority + size;
    const char *fragment = strchr(rest, '#');
    size_t rest_size = fragment == NULL ? strlen(rest) : (size_t)(fragment - rest);
    return all_uri_characters(rest, rest_size, ":@/?") &&
           (fragment == NULL || all_uri_characters(fragment + 1, strlen(fragment + 1), ":@/?"));
}

bool wb_field_is_iri(const char *text)
{
    struct address address;
    return text != NULL && split_address(text, &address);
}

static bool is_dotted_name(const char *host, size_t size)
{
    size_t labels = 1;
    const char *last = host;
    bool after_separator = true;
    for (size_t i = 0; i < size; i++) {
        bool separator = host[i] == '.' || host[i] == '-';
        if (separator ? after_separator : !is_letter(host[i]) && !is_digit(host[i]))
            return false;
        after_separator = separator;
        if (host[i] == '.') {
            labels++;
            last = &host[i + 1];
        }
    }
    size_t last_size = size - (size_t)(last - host);
    return size < 200 && labels > 1 && !after_separator && last_size >= 2 && is_letter(last[0]) &&
           is_letter(last[1]);
}

bool wb_field_is_homepage(const char *text)
{
    static const char *const schemes[] = {"http", "https", "ftp"};
    struct address address;
    if (text == NULL || !split_address(text, &address) || address.has_user)
        return false;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (strlen(schemes[i]) == address.scheme_size &&
            memcmp(text, schemes[i], address.scheme_size) == 0)
            return is_dotted_name(address.host, address.host_size);
    return false;
}

bool wb_field_is_email(const char *text)
{
    if (text == NULL)
        return false;
    const char *at = strchr(text, '@');
    if (at == NULL || at == text || at[1] == '\0' || strchr(at + 1, '@') != NULL)
        return false;
    for (; *text != '\0'; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f || one_of(*text, "()<>,;:\\\""))
            return false;
    return true;
}

/* ---- CPE ---- */

static bool is_plain_component(const char *text, size_t size, const char *more)
{
    for (size_t i = 0; i < size; i++)
        if (!is_letter(text[i]) && !is_digit(text[i]) && !one_of(text[i], "._-") &&
            !one_of(text[i], more))
            return false;
    return true;
}

static bool is_cpe22(const char *text)
{
    if (one_of(*text, "aho"))
        text++;
    size_t components = 0;
    while (*text == ':') {
        size_t size = strcspn(++text, ":");
        if (++components > 6 || !is_plain_component(text, size, "~%"))
            return false;
        text += size;
    }
    return *text == '\0';
}

/* A component with wildcards at its ends and any other punctuation quoted; 0: none. */
static size_t cpe_component_size(const char *text)
{
    static const char quoted[] = "\\*?!\"#$%&'()+,/:;<=>@[]^`{|}~";
    size_t i = *text == '*' ? 1 : strspn(text, "?");
    size_t start = i;
    for (;;) {
        if (is_letter(text[i]) || is_digit(text[i]) || one_of(text[i], "-._"))
            i++;
        else if (text[i] == '\\' && one_of(text[i + 1], quoted))
            i += 2;
        else
            break;
    }
    if (i == start)
        return text[0] == '*' ? 1 : 0;
    return text[i] == '*' ? i + 1 : i + strspn(text + i, "?");
}

/* `en`, `deu-DE`, `es-419`. */
static size_t cpe_language_size(const char *text)
{
    if (one_of(*text, "*-"))
        return 1;
    size_t letters = 0, more = 0;
    while (is_letter(text[letters]))
        letters++;
    if (letters < 2 || letters > 3)
        return 0;
    if (text[letters] != '-')
        return letters;
    const char *region = text + letters + 1;
    bool digits = is_digit(*region);
    while (digits ? is_digit(region[more]) : is_letter(region[more]))
        more++;
    return more == (digits ? 3 : 2) ? letters + 1 + more : 0;
}

static bool is_cpe23(const char *text)
{
    if (!one_of(*text++, "aho*-"))
        return false;
    for (size_t i = 1; i <= 10; i++) {
        if (*text++ != ':')
            return false;
        size_t size = i == 6 ? cpe_language_size(text) : cpe_component_size(text);
        if (size == 0)
            return false;
        text += size;
    }
    return *text == '\0';
}

const char *wb_field_cpe_type(const char *text)
{
    static const char formatted[] = "cpe:2.3:", uri[] = "cpe:/";
    if (text == NULL)
        return NULL;
    if (wb_text_starts_with(text, formatted))
        return is_cpe23(text + strlen(formatted)) ? "cpe23Type" : NULL;
    return wb_text_starts_with(text, uri) && is_cpe22(text + strlen(uri)) ? "cpe22Type" : NULL;
}

/* ---- digests and UUIDs ---- */

const char *wb_field_digest_hex(const char *text, enum wb_digest_algorithm *algorithm)
{
    struct wb_digest digest;
    if (text == NULL || !wb_digest_parse(text, &digest, NULL))
        return NULL;
    *algorithm = digest.algorithm;
    return strchr(text, ':') + 1;
}

const char *wb_field_spdx_algorithm(enum wb_digest_algorithm algorithm)
{
    switch (algorithm) {
    case WB_DIGEST_MD5:
        return "MD5";
    case WB_DIGEST_SHA1:
        return "SHA1";
    case WB_DIGEST_SHA224:
        return "SHA224";
    case WB_DIGEST_SHA256:
        return "SHA256";
    case WB_DIGEST_SHA384:
        return "SHA384";
    case WB_DIGEST_SHA512:
        return "SHA512";
    case WB_DIGEST_NONE:
        break;
    }
    return NULL;
}

const char *wb_field_cyclonedx_algorithm(enum wb_digest_algorithm algorithm)
{
    switch (algorithm) {
    case WB_DIGEST_MD5:
        return "MD5";
    case WB_DIGEST_SHA1:
        return "SHA-1";
    case WB_DIGEST_SHA256:
        return "SHA-256";
    case WB_DIGEST_SHA384:
        return "SHA-384";
    case WB_DIGEST_SHA512:
        return "SHA-512";
    case WB_DIGEST_SHA224:
    case WB_DIGEST_NONE:
        break;
    }
    return NULL;
}

bool wb_field_is_uuid_urn(const char *text)
{
    static const char prefix[] = "urn:uuid:";
    if (text == NULL || !wb_text_starts_with(text, prefix))
        return false;
    text += strlen(prefix);
    for (size_t i = 0; i < WB_UUID_TEXT_SIZE - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool digit = is_digit(text[i]) || (text[i] >= 'a' && text[i] <= 'f');
        if (dash ? text[i] != '-' : !digit)
            return false;
    }
    return text[WB_UUID_TEXT_SIZE - 1] == '\0';
}

char *wb_field_uuid(const char *seed, char text[WB_UUID_TEXT_SIZE])
{
    size_t out = 0;
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            text[out++] = '-';
        text[out++] = seed[i];
    }
    text[out] = '\0';
    text[14] = '8'; /* the version whose content is the maker's own */
    text[19] = "89ab"[(unsigned char)seed[16] % 4];
    return text;
}

/* ---- who made it ---- */

struct wb_actor wb_actor_parse(struct wb_arena *arena, const char *text, bool is_person)
{
    struct wb_actor actor = {.name = text, .is_person = is_person};
    if (text == NULL || *text == '\0')
        return (struct wb_actor){.is_person = is_person};
    const char *open = strchr(text, '<');
    size_t size = strlen(text);
    if (open == NULL || text[size - 1] != '>')
        return actor;
    const char *email = wb_arena_copy_bytes(arena, open + 1, size - (size_t)(open + 1 - text) - 1);
    if (!wb_field_is_email(email))
        return actor;
    while (open > text && open[-1] == ' ')
        open--;
    actor.email = email;
    actor.name = open == text ? email : wb_arena_copy_bytes(arena, text, (size_t)(open - text));
    return actor;
}

struct wb_actor wb_package_supplier(const struct wb_package *package)
{
    struct wb_actor actor = {
        .name = package->supplier,
        .email = wb_field_is_email(package->supplier_email) ? package->supplier_email : NULL,
        .is_person = package->supplier_is_person,
    };
    if (actor.name != NULL && *actor.name == '\0')
        actor.name = NULL;
    return actor;
}
