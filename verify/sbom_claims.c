/* SPDX-License-Identifier: Apache-2.0 */
/* What an SBOM claims: the files that it says are there, and the packages. */
#include "verify/deep_private.h"

#include <stdlib.h>
#include <string.h>

void wb_sbom_claims_free(struct wb_sbom_claims *claims)
{
    if (claims == NULL)
        return;
    free(claims->files);
    free(claims->packages);
    wb_arena_free(claims->arena);
    free(claims);
}

static bool have_room(const struct wb_sbom_claims *claims, struct wb_error *err)
{
    return claims->file_count + claims->package_count < WB_CLAIMS_MAX ||
           wb_error_set(err, WB_BAD_INPUT, "the SBOM names more than %d files and packages",
                        WB_CLAIMS_MAX);
}

/* ---- files ---- */

bool wb_claims_add_file(struct wb_sbom_claims *claims, struct wb_file_claim *claim,
                        const char *path, struct wb_error *err)
{
    if (!have_room(claims, err))
        return false;
    for (;;)
        if (path[0] == '/')
            path++;
        else if (path[0] == '.' && path[1] == '/')
            path += 2;
        else
            break;
    claim->path = wb_arena_copy(claims->arena, path);
    claims->digests |= claim->hashes.present;
    WB_APPEND(claims->files, claims->file_count, claims->file_capacity, *claim);
    return true;
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    size_t i = 0;
    while (i < size && bytes[i] == 0)
        i++;
    return i == size;
}

void wb_claims_add_digest(struct wb_file_claim *claim, const char *algorithm, const char *hex)
{
    const struct {
        const char *names[3];
        enum wb_file_digests flag;
        uint8_t *bytes;
        size_t size;
    } known[] = {
        {{"SHA256", "SHA-256", "sha256"},
         WB_FILE_SHA256,
         claim->hashes.sha256,
         sizeof claim->hashes.sha256},
        {{"SHA1", "SHA-1", "sha1"}, WB_FILE_SHA1, claim->hashes.sha1, sizeof claim->hashes.sha1},
        {{"MD5", "MD5", "md5"}, WB_FILE_MD5, claim->hashes.md5, sizeof claim->hashes.md5},
        {{"SHA512", "SHA-512", "sha512"},
         WB_FILE_SHA512,
         claim->hashes.sha512,
         sizeof claim->hashes.sha512},
    };
    uint8_t bytes[WB_DIGEST_MAX_SIZE];
    if (algorithm == NULL || hex == NULL)
        return;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(algorithm, known[i].names[0]) != 0 &&
            strcmp(algorithm, known[i].names[1]) != 0 && strcmp(algorithm, known[i].names[2]) != 0)
            continue;
        if (!wb_hex_parse(hex, bytes, known[i].size) || is_zero(bytes, known[i].size))
            return;
        memcpy(known[i].bytes, bytes, known[i].size);
        claim->hashes.present |= known[i].flag;
        claim->other_digest = false;
        return;
    }
    claim->other_digest = claim->hashes.present == 0;
}

/* ---- packages ---- */

bool wb_claims_add_package(struct wb_sbom_claims *claims, const char *name, const char *version,
                           const char *purl, struct wb_error *err)
{
    const struct wb_package_claim claim = {
        .name = wb_arena_copy(claims->arena, name),
        .version = wb_arena_copy(claims->arena, version),
        .purl = wb_arena_copy(claims->arena, purl),
    };
    if (!have_room(claims, err))
        return false;
    WB_APPEND(claims->packages, claims->package_count, claims->package_capacity, claim);
    return true;
}

const struct wb_package_claim *wb_sbom_claims_packages(const struct wb_sbom_claims *claims,
                                                       size_t *count)
{
    *count = claims->package_count;
    return claims->packages;
}

/* ---- documents ---- */

struct wb_sbom_claims *wb_sbom_claims_from_json(const json_t *document, struct wb_error *err)
{
    WB_AUTO(wb_sbom_claims) *claims = wb_allocate(sizeof *claims);
    claims->arena = wb_arena_new();
    const char *spdx = wb_json_string_of(document, "spdxVersion");
    const char *cyclonedx = wb_json_string_of(document, "bomFormat");
    bool good;
    if (spdx != NULL && cyclonedx == NULL)
        good = wb_claims_read_spdx(claims, document, err);
    else if (cyclonedx != NULL && spdx == NULL)
        good = wb_claims_read_cyclonedx(claims, document, err);
    else if (spdx == NULL && cyclonedx == NULL && json_object_get(document, "@context") != NULL)
        good = wb_claims_read_spdx3(claims, document, err);
    else
        good = wb_error_set(err, WB_BAD_INPUT, "the SBOM is neither SPDX nor CycloneDX, as JSON");
    return good ? WB_STEAL(claims) : NULL;
}

static struct wb_sbom_claims *read_tag_value(struct wb_bytes document, struct wb_error *err)
{
    WB_AUTO(wb_sbom_claims) *claims = wb_allocate(sizeof *claims);
    claims->arena = wb_arena_new();
    return wb_claims_read_tag_value(claims, document, err) ? WB_STEAL(claims) : NULL;
}

struct wb_sbom_claims *wb_sbom_claims_read(struct wb_bytes document, struct wb_error *err)
{
    static const char mark[] = "SPDXVersion:";
    if (document.size > strlen(mark) && memcmp(document.data, mark, strlen(mark)) == 0)
        return read_tag_value(document, err);
    WB_AUTO_JSON json = wb_json_parse(document, err);
    return json == NULL ? NULL : wb_sbom_claims_from_json(json, err);
}
