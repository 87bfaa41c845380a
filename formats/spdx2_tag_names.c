/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 2.3: which tag stands for which member of the JSON form. */
#include "formats/spdx2.h"

#include <string.h>

static const struct wb_spdx2_tag tags[] = {
    {"", "spdxVersion", "SPDXVersion", false},
    {"", "dataLicense", "DataLicense", false},
    {"", "SPDXID", "SPDXID", false},
    {"", "name", "DocumentName", false},
    {"", "documentNamespace", "DocumentNamespace", false},
    {"", "comment", "DocumentComment", true},
    {"externalDocumentRefs", NULL, "ExternalDocumentRef", false},
    {"creationInfo", "created", "Created", false},
    {"creationInfo", "comment", "CreatorComment", true},
    {"creationInfo", "licenseListVersion", "LicenseListVersion", false},
    {"creators", NULL, "Creator", false},
    {"packages", "name", "PackageName", false},
    {"packages", "SPDXID", "SPDXID", false},
    {"packages", "versionInfo", "PackageVersion", false},
    {"packages", "packageFileName", "PackageFileName", false},
    {"packages", "supplier", "PackageSupplier", false},
    {"packages", "originator", "PackageOriginator", false},
    {"packages", "downloadLocation", "PackageDownloadLocation", false},
    {"packages", "filesAnalyzed", "FilesAnalyzed", false},
    {"packages", "homepage", "PackageHomePage", false},
    {"packages", "sourceInfo", "PackageSourceInfo", true},
    {"packages", "licenseConcluded", "PackageLicenseConcluded", false},
    {"packages", "licenseDeclared", "PackageLicenseDeclared", false},
    {"packages", "licenseComments", "PackageLicenseComments", true},
    {"packages", "copyrightText", "PackageCopyrightText", true},
    {"packages", "summary", "PackageSummary", true},
    {"packages", "description", "PackageDescription", true},
    {"packages", "comment", "PackageComment", true},
    {"packages", "primaryPackagePurpose", "PrimaryPackagePurpose", false},
    {"packages", "builtDate", "BuiltDate", false},
    {"packages", "releaseDate", "ReleaseDate", false},
    {"packages", "validUntilDate", "ValidUntilDate", false},
    {"packages", "checksums", "PackageChecksum", false},
    {"packages", "packageVerificationCode", "PackageVerificationCode", false},
    {"packages", "externalRefs", "ExternalRef", false},
    {"packages", "externalRefComment", "ExternalRefComment", true},
    {"packages", "licenseInfoFromFiles", "PackageLicenseInfoFromFiles", false},
    {"packages", "attributionTexts", "PackageAttributionText", true},
    {"files", "fileName", "FileName", false},
    {"files", "SPDXID", "SPDXID", false},
    {"fileTypes", NULL, "FileType", false},
    {"files", "checksums", "FileChecksum", false},
    {"files", "licenseConcluded", "LicenseConcluded", false},
    {"files", "licenseInfoInFiles", "LicenseInfoInFile", false},
    {"files", "licenseComments", "LicenseComments", true},
    {"files", "copyrightText", "FileCopyrightText", true},
    {"files", "comment", "FileComment", true},
    {"files", "noticeText", "FileNotice", true},
    {"files", "fileContributors", "FileContributor", false},
    {"files", "fileDependencies", "FileDependency", false},
    {"files", "attributionTexts", "FileAttributionText", true},
    {"hasExtractedLicensingInfos", "licenseId", "LicenseID", false},
    {"hasExtractedLicensingInfos", "extractedText", "ExtractedText", true},
    {"hasExtractedLicensingInfos", "name", "LicenseName", false},
    {"hasExtractedLicensingInfos", "seeAlsos", "LicenseCrossReference", false},
    {"hasExtractedLicensingInfos", "comment", "LicenseComment", true},
    {"annotations", "annotator", "Annotator", false},
    {"annotations", "annotationDate", "AnnotationDate", false},
    {"annotations", "annotationType", "AnnotationType", false},
    {"annotations", "SPDXREF", "SPDXREF", false},
    {"annotations", "comment", "AnnotationComment", true},
    {"relationships", "relationship", "Relationship", false},
    {"relationships", "comment", "RelationshipComment", true},
    {"snippets", "SPDXID", "SnippetSPDXID", false},
    {"snippets", "snippetFromFile", "SnippetFromFileSPDXID", false},
    {"snippets", "offset", "SnippetByteRange", false},
    {"snippets", "lineNumber", "SnippetLineRange", false},
    {"snippets", "licenseConcluded", "SnippetLicenseConcluded", false},
    {"snippets", "licenseInfoInSnippets", "LicenseInfoInSnippet", false},
    {"snippets", "licenseComments", "SnippetLicenseComments", true},
    {"snippets", "copyrightText", "SnippetCopyrightText", true},
    {"snippets", "comment", "SnippetComment", true},
    {"snippets", "name", "SnippetName", false},
    {"snippets", "attributionTexts", "SnippetAttributionText", true},
    {"revieweds", "reviewer", "Reviewer", false},
    {"revieweds", "reviewDate", "ReviewDate", false},
    {"revieweds", "comment", "ReviewComment", true},
};

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

const struct wb_spdx2_tag *wb_spdx2_tag_of(const char *container, const char *key)
{
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        if (same(tags[i].key, key) && strcmp(tags[i].container, container) == 0)
            return &tags[i];
    return NULL;
}

const struct wb_spdx2_tag *wb_spdx2_tag_named(const char *tag, size_t size)
{
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        if (strlen(tags[i].tag) == size && memcmp(tags[i].tag, tag, size) == 0)
            return &tags[i];
    return NULL;
}
