/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 3: its names for purposes, external references and identifiers. */
#include "formats/spdx3.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- purposes: component types with capitals instead of dashes ---- */

static const char *const purposes[] = {
    "application", "archive",         "bom",       "configuration",   "container", "data",
    "device",      "deviceDriver",    "diskImage", "documentation",   "evidence",  "executable",
    "file",        "filesystemImage", "firmware",  "framework",       "install",   "library",
    "manifest",    "model",           "module",    "operatingSystem", "other",     "patch",
    "platform",    "requirement",     "source",    "specification",   "test"};

static bool same_word(const char *purpose, const char *type)
{
    for (; *purpose != '\0'; purpose++, type++) {
        bool capital = *purpose >= 'A' && *purpose <= 'Z';
        if (capital && *type++ != '-')
            return false;
        if (*type != (capital ? (char)(*purpose - 'A' + 'a') : *purpose))
            return false;
    }
    return *type == '\0';
}

const char *wb_spdx3_purpose_of(const struct wb_package *package)
{
    const char *type = package->component_type;
    if (type == NULL)
        return package->kind == WB_PACKAGE_OTHER ? NULL : "install";
    for (size_t i = 0; i < COUNT(purposes); i++)
        if (same_word(purposes[i], type))
            return purposes[i];
    return "other";
}

const char *wb_spdx3_component_type(struct wb_arena *arena, const char *purpose)
{
    for (size_t i = 0; i < COUNT(purposes); i++) {
        if (strcmp(purposes[i], purpose) != 0)
            continue;
        WB_AUTO_VALUE(wb_buffer) type = {0};
        for (const char *at = purpose; *at != '\0'; at++)
            if (*at >= 'A' && *at <= 'Z')
                wb_buffer_append_format(&type, "-%c", *at - 'A' + 'a');
            else
                wb_buffer_append(&type, at, 1);
        return wb_arena_copy(arena, (const char *)type.data);
    }
    return NULL;
}

/* ---- references ---- */

struct name {
    const char *category, *type; /* as in wb_external_reference */
    const char *name;
};

static const struct name identifiers[] = {
    {"PACKAGE-MANAGER", "purl", "packageUrl"},
    {"SECURITY", "cpe22Type", "cpe22"},
    {"SECURITY", "cpe23Type", "cpe23"},
    {"SECURITY", "cve", "cve"},
    {"PERSISTENT-ID", "gitoid", "gitoid"},
    {"PERSISTENT-ID", "swh", "swhid"},
    {"SECURITY", "swid", "swid"},
    {"SECURITY", "identifier", "securityOther"},
    {"OTHER", "urlScheme", "urlScheme"},
    {"OTHER", "identifier", "other"},
    {"OTHER", "email", "email"},
};

/* SPDX 2.3's types, CycloneDX's, and those that neither has. */
static const struct name references[] = {
    {"SECURITY", "advisory", "securityAdvisory"},
    {"SECURITY", "fix", "securityFix"},
    {"SECURITY", "url", "securityOther"},
    {"PACKAGE-MANAGER", "bower", "bower"},
    {"PACKAGE-MANAGER", "maven-central", "mavenCentral"},
    {"PACKAGE-MANAGER", "npm", "npm"},
    {"PACKAGE-MANAGER", "nuget", "nuget"},
    {"build-meta", NULL, "buildMeta"},
    {"build-system", NULL, "buildSystem"},
    {"certification-report", NULL, "certificationReport"},
    {"chat", NULL, "chat"},
    {"distribution", NULL, "altDownloadLocation"},
    {"documentation", NULL, "documentation"},
    {"issue-tracker", NULL, "issueTracker"},
    {"license", NULL, "license"},
    {"mailing-list", NULL, "mailingList"},
    {"release-notes", NULL, "releaseNotes"},
    {"social", NULL, "socialMedia"},
    {"source-distribution", NULL, "sourceArtifact"},
    {"support", NULL, "support"},
    {"vcs", NULL, "vcs"},
    {"website", NULL, "altWebPage"},
    {"OTHER", "binaryArtifact", "binaryArtifact"},
    {"OTHER", "componentAnalysisReport", "componentAnalysisReport"},
    {"OTHER", "cwe", "cwe"},
    {"OTHER", "dynamicAnalysisReport", "dynamicAnalysisReport"},
    {"OTHER", "eolNotice", "eolNotice"},
    {"OTHER", "exportControlAssessment", "exportControlAssessment"},
    {"OTHER", "funding", "funding"},
    {"OTHER", "metrics", "metrics"},
    {"OTHER", "other", "other"},
    {"OTHER", "privacyAssessment", "privacyAssessment"},
    {"OTHER", "productMetadata", "productMetadata"},
    {"OTHER", "purchaseOrder", "purchaseOrder"},
    {"OTHER", "qualityAssessmentReport", "qualityAssessmentReport"},
    {"OTHER", "releaseHistory", "releaseHistory"},
    {"OTHER", "riskAssessment", "riskAssessment"},
    {"OTHER", "runtimeAnalysisReport", "runtimeAnalysisReport"},
    {"OTHER", "secureSoftwareAttestation", "secureSoftwareAttestation"},
    {"OTHER", "securityAdversaryModel", "securityAdversaryModel"},
    {"OTHER", "securityPenTestReport", "securityPenTestReport"},
    {"OTHER", "securityPolicy", "securityPolicy"},
    {"OTHER", "securityThreatModel", "securityThreatModel"},
    {"OTHER", "staticAnalysisReport", "staticAnalysisReport"},
    {"OTHER", "vulnerabilityDisclosureReport", "vulnerabilityDisclosureReport"},
    {"OTHER", "vulnerabilityExploitabilityAssessment", "vulnerabilityExploitabilityAssessment"},
};

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const char *find_name(const struct name *names, size_t count,
                             const struct wb_external_reference *reference)
{
    for (size_t i = 0; i < count; i++)
        if (same(names[i].category, reference->category) && same(names[i].type, reference->type))
            return names[i].name;
    return NULL;
}

static bool find_type(const struct name *names, size_t count, const char *name,
                      struct wb_external_reference *reference)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i].name, name) == 0) {
            reference->category = names[i].category;
            reference->type = names[i].type;
            return true;
        }
    return false;
}

const char *wb_spdx3_reference_type(const struct wb_external_reference *reference)
{
    return find_name(references, COUNT(references), reference);
}

const char *wb_spdx3_identifier_type(const struct wb_external_reference *reference)
{
    return find_name(identifiers, COUNT(identifiers), reference);
}

bool wb_spdx3_reference_of(const char *type, struct wb_external_reference *reference)
{
    return find_type(references, COUNT(references), type, reference);
}

bool wb_spdx3_identifier_of(const char *type, struct wb_external_reference *reference)
{
    return find_type(identifiers, COUNT(identifiers), type, reference);
}
