/* SPDX-License-Identifier: Apache-2.0 */
/* One package, or trusted key, from its header. */
#include "sbom/rpm_private.h"

#include <string.h>

static bool read_digest(const struct wb_rpm_header *header, rpmTagVal tag,
                        enum wb_digest_algorithm algorithm, struct wb_digest *digest,
                        struct wb_error *err)
{
    WB_AUTO_VALUE(wb_rpm_values) values = {0};
    bool is_text = algorithm == WB_DIGEST_SHA256;
    if (!(is_text ? wb_rpm_texts(header, tag, &values, err)
                  : wb_rpm_binary(header, tag, &values, err)))
        return false;
    if (values.count == 0)
        return true;
    size_t size = wb_digest_size(algorithm);
    bool good = is_text ? wb_hex_parse(wb_rpm_text_at(&values, 0), digest->bytes, size)
                        : values.count == size;
    if (!good)
        return wb_error_set(err, WB_BAD_INPUT, "its %s (tag %d) is malformed",
                            wb_digest_name(algorithm), tag);
    if (!is_text)
        memcpy(digest->bytes, values.data.data, size);
    digest->algorithm = algorithm;
    return true;
}

static bool read_version(const struct wb_rpm_header *header, struct wb_arena *arena,
                         struct wb_package *package, struct wb_error *err)
{
    bool has_epoch;
    uint64_t epoch;
    if (!wb_rpm_text(header, RPMTAG_VERSION, arena, &package->version, err) ||
        !wb_rpm_text(header, RPMTAG_RELEASE, arena, &package->release, err) ||
        !wb_rpm_number(header, RPMTAG_EPOCH, &has_epoch, &epoch, err))
        return false;
    if (package->version == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "a header without a version");
    if (has_epoch && epoch > UINT32_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "a header with an impossible epoch");
    package->epoch = has_epoch ? (int64_t)epoch : -1;
    const char *dash = package->release == NULL ? "" : "-";
    const char *release = package->release == NULL ? "" : package->release;
    package->evr = has_epoch ? wb_arena_format(arena, "%llu:%s%s%s", (unsigned long long)epoch,
                                               package->version, dash, release)
                             : wb_arena_format(arena, "%s%s%s", package->version, dash, release);
    return true;
}

static bool read_identity(const struct wb_rpm_header *header, struct wb_bom *bom,
                          struct wb_package *package, struct wb_error *err)
{
    const char *source_rpm;
    if (!read_version(header, bom->arena, package, err) ||
        !wb_rpm_text(header, RPMTAG_ARCH, bom->arena, &package->architecture, err) ||
        !wb_rpm_text(header, RPMTAG_SOURCERPM, bom->arena, &source_rpm, err) ||
        !wb_rpm_text(header, RPMTAG_LICENSE, bom->arena, &package->licence_declared, err) ||
        !wb_rpm_text(header, RPMTAG_VENDOR, bom->arena, &package->supplier, err) ||
        !read_digest(header, RPMTAG_SHA256HEADER, WB_DIGEST_SHA256, &package->header_sha256, err) ||
        !read_digest(header, RPMTAG_SIGMD5, WB_DIGEST_MD5, &package->signature_md5, err))
        return false;
    wb_rpm_source_set(bom->arena, package, source_rpm);
    return true;
}

static bool read_numbers(const struct wb_rpm_header *header, struct wb_package *package,
                         struct wb_error *err)
{
    bool has_time, has_size, has_long_size;
    uint64_t time, size, long_size;
    if (!wb_rpm_number(header, RPMTAG_INSTALLTIME, &has_time, &time, err) ||
        !wb_rpm_number(header, RPMTAG_SIZE, &has_size, &size, err) ||
        !wb_rpm_number(header, RPMTAG_LONGSIZE, &has_long_size, &long_size, err))
        return false;
    if (has_long_size)
        size = long_size;
    if (time > INT64_MAX || size > INT64_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "a header with an impossible size or time");
    package->has_install_time = has_time;
    package->install_time = (int64_t)time;
    package->installed_size = has_size || has_long_size ? (int64_t)size : -1;
    return true;
}

static bool read_the_rest(const struct wb_rpm_header *header, struct wb_bom *bom,
                          struct wb_package *package, struct wb_error *err)
{
    struct wb_arena *arena = bom->arena;
    return wb_rpm_text(header, RPMTAG_PACKAGER, arena, &package->packager, err) &&
           wb_rpm_text(header, RPMTAG_URL, arena, &package->homepage, err) &&
           wb_rpm_text(header, RPMTAG_GROUP, arena, &package->section, err) &&
           wb_rpm_text(header, RPMTAG_SUMMARY, arena, &package->summary, err) &&
           wb_rpm_lines(header, RPMTAG_DESCRIPTION, arena, &package->description, err) &&
           wb_rpm_text(header, RPMTAG_MODULARITYLABEL, arena, &package->modularity_label, err) &&
           read_numbers(header, package, err) && wb_rpm_signature_read(header, bom, package, err) &&
           wb_rpm_relations_read(header, bom, package, err) &&
           wb_rpm_files_read(header, bom, package, err);
}

static bool read_key(const struct wb_rpm_header *header, struct wb_bom *bom, struct wb_error *err)
{
    struct wb_trusted_key key = {.span = {-1, -1, -1}};
    const char *version, *release, *block;
    if (!wb_rpm_text(header, RPMTAG_VERSION, bom->arena, &version, err) ||
        !wb_rpm_text(header, RPMTAG_RELEASE, bom->arena, &release, err) ||
        !wb_rpm_text(header, RPMTAG_SUMMARY, bom->arena, &key.summary, err) ||
        !wb_rpm_lines(header, RPMTAG_DESCRIPTION, bom->arena, &block, err))
        return false;
    if (version == NULL || release == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "a trusted key without an id");
    key.key_id = wb_arena_format(bom->arena, "%s-%s", version, release);
    if (block != NULL && wb_text_starts_with(block, "-----BEGIN PGP PUBLIC KEY BLOCK-----"))
        key.armoured = block;
    WB_APPEND(bom->trusted_keys, bom->trusted_key_count, bom->trusted_key_capacity, key);
    return true;
}

bool wb_rpm_header_decode(struct wb_bytes bytes, enum wb_read_depth depth, struct wb_bom *bom,
                          struct wb_package_list *list, struct wb_error *err)
{
    if (!wb_rpm_header_check(bytes, err))
        return false;
    WB_AUTO_VALUE(wb_rpm_header) imported = {0};
    if (!wb_rpm_header_import(bytes, &imported, err))
        return false;
    const struct wb_rpm_header *header = &imported;
    const char *name;
    if (!wb_rpm_text(header, RPMTAG_NAME, bom->arena, &name, err))
        return false;
    if (name == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "a header without a name");
    if (strcmp(name, "gpg-pubkey") == 0)
        return depth == WB_READ_IDENTITY || read_key(header, bom, err) ||
               wb_error_context(err, "%s", name);
    struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_RPM);
    package->name = name;
    if (!read_identity(header, bom, package, err) ||
        (depth == WB_READ_ALL && !read_the_rest(header, bom, package, err)))
        return wb_error_context(err, "%s", name);
    package->licence = wb_licence_from_rpm(bom, package->licence_declared);
    WB_APPEND(list->packages, list->count, list->capacity, package);
    return true;
}
