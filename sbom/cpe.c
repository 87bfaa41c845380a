/* SPDX-License-Identifier: Apache-2.0 */
/* Guesses at the CPE names of packages. No database of installed packages holds CPEs; these are the
 * vendor and product names that the NVD most often gives to the same software. */
#include "sbom/sbom.h"

#include <string.h>

#define CPE_MAX 4

struct guess {
    char *vendor;
    char *product;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* NISTIR 7695 6.2.1: letters, digits, `_`, `-` and `.` stand for themselves, other printable ASCII
 * behind a backslash; a blank is written as an underscore, and nothing else can be written. A value
 * of `-` alone would mean "not applicable". */
static void append_value(struct wb_buffer *cpe, const char *value)
{
    size_t start = cpe->size;
    for (const char *at = value; *at != '\0'; at++) {
        char c = lower(*at);
        if (c == ' ')
            c = '_';
        if (is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.') {
            wb_buffer_append(cpe, &c, 1);
        } else if (c > ' ' && c < 0x7f) {
            wb_buffer_append_text(cpe, "\\");
            wb_buffer_append(cpe, &c, 1);
        }
    }
    if (cpe->size == start)
        wb_buffer_append_text(cpe, "*");
    else if (cpe->size == start + 1 && cpe->data[start] == '-') {
        cpe->data[start] = '\\';
        wb_buffer_append_text(cpe, "-");
    }
}

/* ---- versions ---- */

struct cpe_version {
    char *version;
    char *update; /* `rc1`; NULL */
};

/* Debian marks upstream sources from which files were removed. */
static size_t without_repack(const char *version)
{
    static const char *const marks[] = {"+dfsg", "~dfsg", ".dfsg",  "-dfsg",
                                        "+ds",   "~ds",   "+repack"};
    size_t size = strlen(version);
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const char *at = strstr(version, marks[i]);
        if (at != NULL && at > version && (size_t)(at - version) < size)
            size = (size_t)(at - version);
    }
    return size;
}

/* Both package managers write `1.0~rc1` for what comes before 1.0; the NVD has version 1.0, update
 * rc1. */
static struct cpe_version version_of(struct wb_arena *arena, const struct wb_package *package)
{
    const char *text = package->version == NULL ? "" : package->version;
    char *version = wb_arena_copy_bytes(arena, text, without_repack(text));
    char *tilde = strchr(version, '~');
    if (tilde == NULL || tilde == version || !is_letter(tilde[1]) || strchr(tilde + 1, '~') != NULL)
        return (struct cpe_version){version, NULL};
    *tilde = '\0';
    return (struct cpe_version){version, tilde + 1};
}

/* ---- vendors and products ---- */

/* `gcc-12` -> `gcc`. */
static char *product_of(struct wb_arena *arena, const char *name)
{
    char *product = wb_arena_copy(arena, name);
    char *hyphen = strrchr(product, '-');
    if (hyphen == NULL || hyphen == product || !is_digit(hyphen[1]))
        return product;
    for (const char *at = hyphen + 1; *at != '\0'; at++)
        if (!is_digit(*at) && *at != '.')
            return product;
    *hyphen = '\0';
    return product;
}

/* Places where many projects live: the host says nothing, and the path only where the owner is its
 * first component. */
static bool is_forge(const char *host, size_t size)
{
    static const char *const forges[] = {"github.com", "gitlab.com", "codeberg.org",
                                         "bitbucket.org"};
    for (size_t i = 0; i < sizeof forges / sizeof forges[0]; i++)
        if (strlen(forges[i]) == size && memcmp(forges[i], host, size) == 0)
            return true;
    return false;
}

static bool says_nothing(const char *label)
{
    static const char *const hosts[] = {
        "github", "gitlab", "sourceforge", "google", "launchpad", "debian",      "ubuntu",
        "pypi",   "cpan",   "metacpan",    "co",     "com",       "org",         "readthedocs",
        "pagure", "sf",     "nongnu",      "salsa",  "alioth",    "googlesource"};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        if (strcmp(hosts[i], label) == 0)
            return true;
    return false;
}

/* `https://www.gnu.org/software/bash` -> `gnu`, `https://github.com/owner/name` -> `owner`; NULL
 * where the homepage names no vendor. */
static char *vendor_of(struct wb_arena *arena, const char *homepage)
{
    const char *host = homepage == NULL ? NULL : strstr(homepage, "://");
    if (host == NULL)
        return NULL;
    host += 3;
    size_t size = strcspn(host, "/:?#");
    if (size > 4 && memcmp(host, "www.", 4) == 0) {
        host += 4;
        size -= 4;
    }
    const char *label = host;
    size_t label_size = size;
    if (is_forge(host, size)) {
        label = host[size] == '/' ? host + size + 1 : host + size;
        label_size = strcspn(label, "/?#");
    } else {
        const char *dot = memrchr(host, '.', size);
        if (dot == NULL)
            return NULL;
        const char *before = memrchr(host, '.', (size_t)(dot - host));
        label = before == NULL ? host : before + 1;
        label_size = (size_t)(dot - label);
    }
    if (label_size < 2 || label_size > 64)
        return NULL;
    char *vendor = wb_arena_copy_bytes(arena, label, label_size);
    for (char *at = vendor; *at != '\0'; at++)
        *at = lower(*at);
    return says_nothing(vendor) ? NULL : vendor;
}

/* ---- the names ---- */

static void add_cpe(struct wb_arena *arena, struct wb_package *package, const struct guess *guess,
                    const struct cpe_version *version)
{
    WB_AUTO_VALUE(wb_buffer) cpe = {0};
    wb_buffer_append_text(&cpe, "cpe:2.3:a:");
    append_value(&cpe, guess->vendor);
    wb_buffer_append_text(&cpe, ":");
    append_value(&cpe, guess->product);
    wb_buffer_append_text(&cpe, ":");
    append_value(&cpe, version->version);
    wb_buffer_append_text(&cpe, ":");
    append_value(&cpe, version->update == NULL ? "" : version->update);
    wb_buffer_append_text(&cpe, ":*:*:*:*:*:*");
    for (size_t i = 0; i < package->cpe_count; i++)
        if (strcmp(package->cpes[i], (const char *)cpe.data) == 0)
            return;
    package->cpes[package->cpe_count++] = wb_arena_copy_bytes(arena, cpe.data, cpe.size);
}

void wb_cpe_package(struct wb_arena *arena, struct wb_package *package)
{
    char *name = wb_arena_copy(arena, package->name);
    char *source = product_of(arena, package->source_name == NULL ? name : package->source_name);
    char *vendor = vendor_of(arena, package->homepage);
    const struct guess guesses[CPE_MAX] = {
        {name, name},
        {vendor, source},
        {source, source},
        {vendor, name},
    };
    struct cpe_version version = version_of(arena, package);
    package->cpes = wb_arena_allocate(arena, CPE_MAX * sizeof *package->cpes);
    package->cpe_count = 0;
    for (size_t i = 0; i < CPE_MAX; i++)
        if (guesses[i].vendor != NULL)
            add_cpe(arena, package, &guesses[i], &version);
}
