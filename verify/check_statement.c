/* SPDX-License-Identifier: Apache-2.0 */
/* What a signed statement says, looked at only after its signature held. */
#include "verify/verify_private.h"

#include <string.h>

bool wb_check_annotations(const struct wb_statement_pair *annotations, size_t count,
                          const struct wb_verify_demands *demands, struct wb_error *err)
{
    for (size_t i = 0; i < demands->annotation_count; i++) {
        const struct wb_statement_pair *wanted = &demands->annotations[i];
        const char *found = NULL;
        for (size_t j = 0; j < count; j++)
            if (strcmp(annotations[j].name, wanted->name) == 0)
                found = annotations[j].value;
        if (found == NULL)
            return wb_error_set(err, WB_CHECK_FAILED, "the annotation %.100s is not signed with it",
                                wanted->name);
        if (strcmp(found, wanted->value) != 0)
            return wb_error_set(err, WB_CHECK_FAILED,
                                "the annotation %.100s is `%.100s`, not `%.100s`", wanted->name,
                                found, wanted->value);
    }
    return true;
}

static void copy_annotations(const struct wb_statement_subject *subject, struct wb_arena *arena,
                             struct wb_proof *proof)
{
    proof->annotation_count = subject->annotation_count;
    proof->annotations =
        wb_arena_allocate(arena, (subject->annotation_count + 1) * sizeof *proof->annotations);
    for (size_t i = 0; i < subject->annotation_count; i++)
        proof->annotations[i] =
            (struct wb_statement_pair){wb_arena_copy(arena, subject->annotations[i].name),
                                       wb_arena_copy(arena, subject->annotations[i].value)};
}

static bool check_type(const struct wb_statement *statement, bool is_image_signature,
                       const struct wb_verify_demands *demands, struct wb_error *err)
{
    bool is_signature = strcmp(statement->predicate_type, WB_COSIGN_SIGN_PREDICATE) == 0;
    if (is_image_signature)
        return is_signature ||
               wb_error_set(err, WB_CHECK_FAILED,
                            "an attestation of type %.200s, not a signature of the image",
                            statement->predicate_type);
    if (demands->predicate_type != NULL)
        return strcmp(statement->predicate_type, demands->predicate_type) == 0 ||
               wb_error_set(err, WB_CHECK_FAILED,
                            "an attestation of predicate type %.200s, not %.200s",
                            statement->predicate_type, demands->predicate_type);
    return !is_signature ||
           wb_error_set(err, WB_CHECK_FAILED, "a signature of the image, not an attestation");
}

bool wb_check_statement(struct wb_bytes payload, const struct wb_digest *digest,
                        bool is_image_signature, const struct wb_verify_demands *demands,
                        struct wb_arena *arena, struct wb_proof *proof, struct wb_error *err)
{
    WB_AUTO(wb_statement) *statement = wb_statement_read(payload, err);
    if (statement == NULL)
        return false;
    if (!check_type(statement, is_image_signature, demands, err)) {
        proof->predicate_type = wb_arena_copy(arena, statement->predicate_type);
        return false;
    }
    const struct wb_statement_subject *subject = wb_statement_subject_of(statement, digest);
    char text[WB_DIGEST_TEXT_SIZE];
    wb_digest_format(digest, text);
    if (subject == NULL)
        return wb_error_set(err, WB_CHECK_FAILED, "it speaks of %.20s:%.64s, not of %s",
                            statement->subjects[0].digests[0].name,
                            statement->subjects[0].digests[0].value, text);
    if (!wb_check_annotations(subject->annotations, subject->annotation_count, demands, err))
        return false;
    for (size_t i = 0; i < demands->requirement_count; i++)
        if (!wb_check_requirement(statement->json, &demands->requirements[i], err))
            return false;
    proof->predicate_type = wb_arena_copy(arena, statement->predicate_type);
    proof->subject = wb_arena_copy(arena, text);
    copy_annotations(subject, arena, proof);
    proof->payload.data = (const uint8_t *)wb_arena_copy_bytes(arena, payload.data, payload.size);
    proof->payload.size = payload.size;
    return true;
}
