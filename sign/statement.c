/* SPDX-License-Identifier: Apache-2.0 */
/* in-toto statements: which digests a predicate speaks of. */
#include "sign/envelope_json.h"

#include <string.h>

/* A release has some hundred files; an image's statement one subject. */
#define SUBJECTS_MAX 100000

void wb_statement_free(struct wb_statement *statement)
{
    if (statement == NULL)
        return;
    json_decref(statement->json);
    wb_arena_free(statement->arena);
}

/* ---- reading ---- */

static bool is_lower_hex(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789abcdef")] == '\0';
}

static bool read_subject(const json_t *json, struct wb_arena *arena,
                         struct wb_statement_subject *subject, struct wb_error *err)
{
    if (!json_is_object(json))
        return wb_error_set(err, WB_BAD_INPUT, "statement subject: not a JSON object");
    if (!wb_envelope_text(json, "statement subject", "name", true, arena, &subject->name, err))
        return false;
    const json_t *digests = wb_json_object_of(json, "digest");
    wb_envelope_pairs(digests, arena, &subject->digests, &subject->digest_count);
    if (subject->digest_count == 0 || subject->digest_count != json_object_size(digests))
        return wb_error_set(err, WB_BAD_INPUT, "statement subject: no digest");
    for (size_t i = 0; i < subject->digest_count; i++)
        if (!is_lower_hex(subject->digests[i].value))
            return wb_error_set(err, WB_BAD_INPUT,
                                "statement subject: digest %.40s is not lower-case hex",
                                subject->digests[i].name);
    wb_envelope_pairs(wb_json_object_of(json, "annotations"), arena, &subject->annotations,
                      &subject->annotation_count);
    return true;
}

static bool read_subjects(struct wb_statement *statement, struct wb_error *err)
{
    const json_t *list = wb_json_array_of(statement->json, "subject");
    size_t count = json_array_size(list);
    if (count == 0)
        return wb_error_set(err, WB_BAD_INPUT, "statement: no subject");
    if (count > SUBJECTS_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "statement: %zu subjects, more than %d", count,
                            SUBJECTS_MAX);
    statement->subjects = wb_arena_allocate(statement->arena, count * sizeof *statement->subjects);
    for (; statement->subject_count < count; statement->subject_count++)
        if (!read_subject(json_array_get(list, statement->subject_count), statement->arena,
                          &statement->subjects[statement->subject_count], err))
            return false;
    return true;
}

struct wb_statement *wb_statement_read(struct wb_bytes payload, struct wb_error *err)
{
    WB_AUTO_JSON json = wb_envelope_parse(payload, "statement", err);
    if (json == NULL)
        return NULL;
    struct wb_arena *arena = wb_arena_new();
    WB_AUTO(wb_statement) *statement = wb_arena_allocate(arena, sizeof *statement);
    statement->arena = arena;
    statement->json = WB_STEAL(json);
    if (!wb_envelope_text(statement->json, "statement", "_type", false, arena, &statement->type,
                          err))
        return NULL;
    if (strcmp(statement->type, WB_STATEMENT_V1) != 0 &&
        strcmp(statement->type, WB_STATEMENT_V01) != 0) {
        wb_error_set(err, WB_BAD_INPUT, "statement: type `%.200s` is not known", statement->type);
        return NULL;
    }
    if (!wb_envelope_text(statement->json, "statement", "predicateType", false, arena,
                          &statement->predicate_type, err) ||
        !read_subjects(statement, err))
        return NULL;
    return WB_STEAL(statement);
}

const struct wb_statement_subject *wb_statement_subject_of(const struct wb_statement *statement,
                                                           const struct wb_digest *digest)
{
    const char *algorithm = wb_digest_name(digest->algorithm);
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    wb_hex_format(digest->bytes, wb_digest_size(digest->algorithm), hex);
    for (size_t i = 0; i < statement->subject_count; i++) {
        const struct wb_statement_subject *subject = &statement->subjects[i];
        for (size_t j = 0; j < subject->digest_count; j++)
            if (strcmp(subject->digests[j].name, algorithm) == 0 &&
                strcmp(subject->digests[j].value, hex) == 0)
                return subject;
    }
    return NULL;
}

/* ---- writing ---- */

static void write_pairs(const struct wb_statement_pair *pairs, size_t count, struct wb_buffer *json)
{
    wb_buffer_append_text(json, "{");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            wb_buffer_append_text(json, ",");
        wb_buffer_append_json_string(json, pairs[i].name);
        wb_buffer_append_text(json, ":");
        wb_buffer_append_json_string(json, pairs[i].value);
    }
    wb_buffer_append_text(json, "}");
}

static void write_subject(const struct wb_statement_subject *subject, bool annotations_member,
                          struct wb_buffer *json)
{
    wb_buffer_append_text(json, "{");
    if (subject->name != NULL) {
        wb_buffer_append_text(json, "\"name\":");
        wb_buffer_append_json_string(json, subject->name);
        wb_buffer_append_text(json, ",");
    }
    wb_buffer_append_text(json, "\"digest\":");
    write_pairs(subject->digests, subject->digest_count, json);
    if (annotations_member || subject->annotation_count > 0) {
        wb_buffer_append_text(json, ",\"annotations\":");
        write_pairs(subject->annotations, subject->annotation_count, json);
    }
    wb_buffer_append_text(json, "}");
}

void wb_statement_write(const struct wb_statement_subject *subjects, size_t subject_count,
                        bool annotations_member, const char *predicate_type,
                        struct wb_bytes predicate, struct wb_buffer *json)
{
    wb_buffer_append_text(json, "{\"_type\":\"" WB_STATEMENT_V1 "\",\"subject\":[");
    for (size_t i = 0; i < subject_count; i++) {
        if (i > 0)
            wb_buffer_append_text(json, ",");
        write_subject(&subjects[i], annotations_member, json);
    }
    wb_buffer_append_text(json, "],\"predicateType\":");
    wb_buffer_append_json_string(json, predicate_type);
    wb_buffer_append_text(json, ",\"predicate\":");
    if (predicate.size == 0)
        wb_buffer_append_text(json, "{}");
    else
        wb_buffer_append(json, predicate.data, predicate.size);
    wb_buffer_append_text(json, "}");
}

/* ---- predicate types ---- */

static const struct wb_statement_pair predicate_types[] = {
    {"spdx", "https://spdx.dev/Document"},
    {"spdxjson", "https://spdx.dev/Document"},
    {"cyclonedx", "https://cyclonedx.org/bom"},
    {"slsaprovenance", "https://slsa.dev/provenance/v0.2"},
    {"slsaprovenance02", "https://slsa.dev/provenance/v0.2"},
    {"slsaprovenance1", "https://slsa.dev/provenance/v1"},
    {"link", "https://in-toto.io/Link/v1"},
    {"vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"},
    {"openvex", "https://openvex.dev/ns"},
    {"custom", "https://cosign.sigstore.dev/attestation/v1"},
};

/* RFC 3986 §3.1: a scheme, a colon, something behind it. */
static bool is_uri(const char *text)
{
    const char *colon = strchr(text, ':');
    if (colon == NULL || colon == text || colon[1] == '\0')
        return false;
    static const char scheme[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.";
    for (const char *at = text; *at != '\0'; at++) {
        if (at < colon && strchr(scheme, *at) == NULL)
            return false;
        if ((unsigned char)*at <= 0x20 || (unsigned char)*at == 0x7f)
            return false;
    }
    return true;
}

const char *wb_predicate_type(const char *name)
{
    for (size_t i = 0; i < sizeof predicate_types / sizeof predicate_types[0]; i++)
        if (strcmp(predicate_types[i].name, name) == 0)
            return predicate_types[i].value;
    return is_uri(name) ? name : NULL;
}

const char *wb_predicate_type_names(void)
{
    return "spdx, spdxjson, cyclonedx, slsaprovenance, slsaprovenance02, slsaprovenance1, link, "
           "vuln, openvex, custom";
}
