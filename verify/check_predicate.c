/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a file is the SBOM that a statement holds: the document lies beside the attestation of
 * which it is the predicate, and the statement's subject is the image. Of other predicates nobody
 * meant to sign them as files. */
#include "verify/deep_private.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool read_file(const struct wb_verify_content *content, struct wb_buffer *whole)
{
    struct stat status;
    if (content->digest.algorithm != WB_DIGEST_NONE)
        return false;
    if (content->fd >= 0 && (fstat(content->fd, &status) != 0 || !S_ISREG(status.st_mode) ||
                             (uint64_t)status.st_size > WB_ENVELOPE_SIZE_MAX))
        return false;
    return wb_content_whole(content, whole, NULL);
}

/* As the same JSON value, however it is written; or as text, which it is in cosign's statements
 * about documents that are no JSON. */
static bool is_same(const json_t *predicate, struct wb_bytes file)
{
    if (json_is_string(predicate))
        return json_string_length(predicate) == file.size &&
               memcmp(json_string_value(predicate), file.data, file.size) == 0;
    WB_AUTO_JSON json = json_is_object(predicate) ? wb_json_parse(file, NULL) : NULL;
    return json != NULL && json_object_size(json) > 0 && json_equal(json, predicate) == 1;
}

bool wb_statement_predicate_is(const struct wb_statement *statement,
                               const struct wb_verify_content *content, struct wb_digest *subject)
{
    const struct wb_statement_pair *named = &statement->subjects[0].digests[0];
    WB_AUTO_VALUE(wb_buffer) whole = {0};
    char text[WB_DIGEST_TEXT_SIZE];
    const json_t *predicate = json_object_get(statement->json, "predicate");
    int size = snprintf(text, sizeof text, "%s:%s", named->name, named->value);
    return wb_deep_is_sbom(statement->predicate_type) && statement->subject_count == 1 &&
           predicate != NULL && size > 0 && (size_t)size < sizeof text &&
           wb_digest_parse(text, subject, NULL) && read_file(content, &whole) &&
           is_same(predicate, wb_buffer_bytes(&whole));
}
