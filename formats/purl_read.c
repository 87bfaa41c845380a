/* SPDX-License-Identifier: Apache-2.0 */
/* What a package's version and purl say of it. */
#include "formats/formats_private.h"

#include <string.h>

void wb_package_evr_read(struct wb_bom *bom, struct wb_package *package, const char *evr)
{
    if (evr == NULL || *evr == '\0')
        return;
    package->evr = wb_arena_copy(bom->arena, evr);
    package->version = package->evr;
    package->release = NULL;
    if (package->kind == WB_PACKAGE_OTHER)
        return;
    const char *version = evr;
    size_t digits = strspn(evr, "0123456789");
    uint64_t epoch;
    if (evr[digits] == ':') {
        const char *text = wb_arena_copy_bytes(bom->arena, evr, digits);
        if (wb_field_number_read(text, UINT32_MAX, &epoch)) {
            package->epoch = (int64_t)epoch;
            version = evr + digits + 1;
        }
    }
    const char *dash = strrchr(version, '-');
    size_t size = dash == NULL ? strlen(version) : (size_t)(dash - version);
    package->version = wb_arena_copy_bytes(bom->arena, version, size);
    if (dash != NULL)
        package->release = wb_arena_copy(bom->arena, dash + 1);
}

/* What a purl calls the version: of an rpm without its epoch, which is a qualifier. */
static void read_version(struct wb_bom *bom, struct wb_package *package, const struct wb_purl *purl)
{
    const char *epoch = wb_purl_qualifier(purl, "epoch");
    uint64_t number;
    bool has_epoch = package->kind == WB_PACKAGE_RPM && epoch != NULL &&
                     wb_field_number_read(epoch, UINT32_MAX, &number);
    if (package->evr == NULL && purl->version != NULL) {
        bool shown = has_epoch && number > 0;
        const char *evr =
            shown ? wb_arena_format(bom->arena, "%s:%s", epoch, purl->version) : purl->version;
        wb_package_evr_read(bom, package, evr);
    }
    if (has_epoch && package->epoch < 0)
        package->epoch = (int64_t)number;
}

static void read_source(struct wb_bom *bom, struct wb_package *package, const struct wb_purl *purl)
{
    const char *upstream = wb_purl_qualifier(purl, "upstream");
    if (upstream == NULL || package->source_name != NULL || package->source_rpm != NULL)
        return;
    if (package->kind == WB_PACKAGE_RPM) {
        wb_rpm_source_set(bom->arena, package, upstream);
    } else if (package->kind == WB_PACKAGE_DEB) {
        const char *at = strchr(upstream, '@');
        package->source_name =
            at == NULL ? upstream
                       : wb_arena_copy_bytes(bom->arena, upstream, (size_t)(at - upstream));
        package->source_version = at == NULL ? package->evr : at + 1;
    }
}

bool wb_package_purl_read(struct wb_bom *bom, struct wb_package *package, const char *text)
{
    struct wb_purl purl;
    if (!wb_purl_parse(bom->arena, text, WB_PURL_TOLERANT, &purl, NULL))
        return false;
    package->purl = wb_arena_copy(bom->arena, text);
    enum wb_package_kind kind = WB_PACKAGE_OTHER;
    if (strcmp(purl.type, "rpm") == 0)
        kind = WB_PACKAGE_RPM;
    else if (strcmp(purl.type, "deb") == 0)
        kind = WB_PACKAGE_DEB;
    /* The version was read as one of the kind that the package had. */
    if (kind != package->kind) {
        package->kind = kind;
        package->epoch = -1;
        wb_package_evr_read(bom, package, package->evr);
    }
    if (package->name == NULL || *package->name == '\0')
        package->name = kind == WB_PACKAGE_OTHER && purl.name_space != NULL
                            ? wb_arena_format(bom->arena, "%s/%s", purl.name_space, purl.name)
                            : purl.name;
    if (package->architecture == NULL)
        package->architecture = wb_purl_qualifier(&purl, "arch");
    if (package->modularity_label == NULL && kind == WB_PACKAGE_RPM)
        package->modularity_label = wb_purl_qualifier(&purl, "rpmmod");
    read_version(bom, package, &purl);
    read_source(bom, package, &purl);
    return true;
}
