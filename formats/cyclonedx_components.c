/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX: the image and the operating system as components, and what all components have. */
#include "formats/cyclonedx.h"
#include "sbom/licence_summary.h"

#include <string.h>

/* ---- fields ---- */

void wb_cyclonedx_hash(struct wb_cyclonedx *out, enum wb_digest_algorithm algorithm,
                       const char *hex)
{
    wb_cyclonedx_begin(out, NULL);
    wb_cyclonedx_member(out, "alg", wb_field_cyclonedx_algorithm(algorithm));
    wb_cyclonedx_member(out, "content", hex);
    wb_cyclonedx_end(out);
}

static void write_digest(struct wb_cyclonedx *out, const char *digest)
{
    enum wb_digest_algorithm algorithm;
    const char *hex = wb_field_digest_hex(digest, &algorithm);
    if (hex == NULL || wb_field_cyclonedx_algorithm(algorithm) == NULL)
        return;
    wb_cyclonedx_begin_list(out, "hashes");
    wb_cyclonedx_hash(out, algorithm, hex);
    wb_cyclonedx_end_list(out);
}

void wb_cyclonedx_version(struct wb_cyclonedx *out, const char *version)
{
    if (version != NULL && strlen(version) <= WB_CYCLONEDX_VERSION_SIZE_MAX)
        wb_cyclonedx_member(out, "version", version);
}

/* ---- links ---- */

/* The types of external references, each list sorted, by the version that brought them. */
static const char *const types_of_1_4[] = {
    "advisories",    "bom",           "build-meta", "build-system", "chat",  "distribution",
    "documentation", "issue-tracker", "license",    "mailing-list", "other", "release-notes",
    "social",        "support",       "vcs",        "website",      NULL};
static const char *const types_of_1_5[] = {"adversary-model",
                                           "attestation",
                                           "certification-report",
                                           "codified-infrastructure",
                                           "component-analysis-report",
                                           "configuration",
                                           "distribution-intake",
                                           "dynamic-analysis-report",
                                           "evidence",
                                           "exploitability-statement",
                                           "formulation",
                                           "log",
                                           "maturity-report",
                                           "model-card",
                                           "pentest-report",
                                           "poam",
                                           "quality-metrics",
                                           "risk-assessment",
                                           "runtime-analysis-report",
                                           "security-contact",
                                           "static-analysis-report",
                                           "threat-model",
                                           "vulnerability-assertion",
                                           NULL};
static const char *const types_of_1_6[] = {"digital-signature", "electronic-signature", "rfc-9116",
                                           "source-distribution", NULL};
static const char *const types_of_1_7[] = {"citation", "patent", "patent-assertion",
                                           "patent-family", NULL};

/* A relative reference (RFC 3986 §4.2) that no character needs escaping in. */
static bool is_file_name(const char *name)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._~";
    return name != NULL && *name != '\0' && name[strspn(name, plain)] == '\0';
}

bool wb_cyclonedx_takes_link(int minor, const struct wb_cyclonedx_link *link)
{
    static const char *const *const added[] = {types_of_1_4, types_of_1_5, types_of_1_6,
                                               types_of_1_7};
    if (link->type == NULL ||
        !(link->file_of != NULL ? is_file_name(link->url) : wb_field_is_iri(link->url)))
        return false;
    for (size_t i = 0; i < sizeof added / sizeof added[0] && (int)i + 4 <= minor; i++)
        for (const char *const *type = added[i]; *type != NULL; type++)
            if (strcmp(*type, link->type) == 0)
                return true;
    return false;
}

void wb_cyclonedx_links(struct wb_cyclonedx *out, const struct wb_cyclonedx_link *links,
                        size_t count)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (!wb_cyclonedx_takes_link(out->minor, &links[i]))
            continue;
        if (!any)
            wb_cyclonedx_begin_list(out, "externalReferences");
        any = true;
        wb_cyclonedx_begin(out, NULL);
        wb_cyclonedx_member(out, "type", links[i].type);
        wb_cyclonedx_member(out, "url", links[i].url);
        wb_cyclonedx_member(out, "comment", links[i].comment);
        if (links[i].file_of != NULL)
            wb_cyclonedx_checksums(out, links[i].file_of);
        wb_cyclonedx_end(out);
    }
    if (any)
        wb_cyclonedx_end_list(out);
}

/* ---- the image ---- */

static void write_image_properties(struct wb_cyclonedx *out)
{
    struct wb_property_sink sink = wb_cyclonedx_property_sink(out);
    wb_cyclonedx_begin_list(out, "properties");
    wb_whole_image_properties(&sink, out->bom);
    wb_cyclonedx_end_list(out);
}

/* Before 1.6 one text. */
static void write_authors(struct wb_cyclonedx *out, const struct wb_actor *author)
{
    if (author->name == NULL)
        return;
    if (out->minor >= 6) {
        wb_cyclonedx_contact(out, "authors", author);
        return;
    }
    WB_AUTO_STRING both = author->email == NULL
                              ? wb_string_copy(author->name)
                              : wb_string_format("%s <%s>", author->name, author->email);
    wb_cyclonedx_member(out, "author", both);
}

/* What the packages are under was found in the image; nobody declared it of the image. */
static void write_found_licences(struct wb_cyclonedx *out, struct wb_arena *arena)
{
    const char *expression =
        out->bom->tool_version == NULL ? NULL : wb_licence_summary_expression(out->bom, arena);
    if (expression == NULL)
        return;
    wb_cyclonedx_begin(out, "evidence");
    wb_cyclonedx_licence(out, expression, NULL);
    wb_cyclonedx_end(out);
}

void wb_cyclonedx_image(struct wb_cyclonedx *out)
{
    const struct wb_bom *bom = out->bom;
    const struct wb_image_description *image = bom->image;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_actor author = wb_image_author(arena, image);
    wb_cyclonedx_begin(out, "component");
    wb_cyclonedx_member(out, "type", "container");
    wb_cyclonedx_member(out, "bom-ref", WB_CYCLONEDX_IMAGE);
    wb_cyclonedx_supplier(out);
    write_authors(out, &author);
    wb_cyclonedx_required(out, "name", bom->source_name);
    wb_cyclonedx_version(out, bom->source_version);
    const char *description = wb_image_annotation(image, "description");
    wb_cyclonedx_member(out, "description",
                        description != NULL ? description : wb_image_annotation(image, "title"));
    write_digest(out,
                 image->manifest_digest != NULL ? image->manifest_digest : image->config_digest);
    wb_cyclonedx_member(out, "purl", bom->image_purl);
    const struct wb_cyclonedx_link links[] = {
        {"website", wb_image_annotation(image, "url"), NULL, NULL},
        {"vcs", wb_image_annotation(image, "source"), NULL, NULL},
        {"documentation", wb_image_annotation(image, "documentation"), NULL, NULL},
    };
    wb_cyclonedx_links(out, links, sizeof links / sizeof links[0]);
    write_image_properties(out);
    write_found_licences(out, arena);
    wb_cyclonedx_end(out);
}

void wb_cyclonedx_supplier(struct wb_cyclonedx *out)
{
    const struct wb_party *stated = &out->bom->supplier;
    if (stated->name != NULL) {
        struct wb_actor actor = {stated->name, stated->email, stated->is_person};
        wb_cyclonedx_actor(out, "supplier", &actor, stated->url);
        return;
    }
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_actor actor = wb_image_supplier(arena, out->bom->image);
    wb_cyclonedx_actor(out, "supplier", &actor, NULL);
}

/* ---- the operating system ---- */

static void write_system(struct wb_cyclonedx *out, const struct wb_distribution *distribution)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_actor supplier = wb_distribution_supplier(arena, distribution);
    wb_cyclonedx_begin(out, NULL);
    wb_cyclonedx_member(out, "type", "operating-system");
    wb_cyclonedx_member(out, "bom-ref", WB_CYCLONEDX_SYSTEM);
    wb_cyclonedx_actor(out, "supplier", &supplier, NULL);
    wb_cyclonedx_required(out, "name",
                          distribution->id != NULL ? distribution->id : distribution->name);
    wb_cyclonedx_version(out, distribution->version_id);
    wb_cyclonedx_member(out, "description", distribution->pretty_name);
    if (wb_field_cpe_type(distribution->cpe_name) != NULL)
        wb_cyclonedx_member(out, "cpe", distribution->cpe_name);
    const struct wb_cyclonedx_link links[] = {
        {"website", distribution->home_url, NULL, NULL},
        {"support", distribution->support_url, NULL, NULL},
        {"issue-tracker", distribution->bug_report_url, NULL, NULL},
    };
    wb_cyclonedx_links(out, links, sizeof links / sizeof links[0]);
    struct wb_property_sink sink = wb_cyclonedx_property_sink(out);
    wb_cyclonedx_begin_list(out, "properties");
    wb_distribution_properties(&sink, distribution);
    wb_cyclonedx_end_list(out);
    wb_cyclonedx_end(out);
}

void wb_cyclonedx_components(struct wb_cyclonedx *out)
{
    wb_cyclonedx_begin_list(out, "components");
    if (wb_distribution_known(&out->bom->distribution))
        write_system(out, &out->bom->distribution);
    wb_cyclonedx_packages(out);
    wb_cyclonedx_files(out);
    wb_cyclonedx_end_list(out);
}
